using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>
/// A tensor of a checkpoint that was not read yet: a view of a storage, which other tensors may share.
/// </summary>
public sealed class CheckpointTensor
{
    private static readonly Operator asStrided = new("aten::as_strided");
    private readonly CheckpointStorage storage;
    private readonly long offset;
    private readonly long[] strides;

    internal CheckpointTensor(CheckpointStorage storage, long offset, long[] shape, long[] strides)
    {
        this.storage = storage;
        this.offset = offset;
        this.strides = strides;
        Shape = shape;
    }

    /// <summary>Type of the elements.</summary>
    public ScalarType Type => storage.Type;

    /// <summary>Sizes of the dimensions.</summary>
    public long[] Shape { get; }

    /// <summary>Whether both are views of one storage.</summary>
    public bool SharesStorageWith(CheckpointTensor other) => ReferenceEquals(storage, other.storage);

    /// <summary>Whether both are the same view of one storage: the same elements in the same order.</summary>
    internal bool IsSameViewAs(CheckpointTensor other) =>
        SharesStorageWith(other) && offset == other.offset && Shape.AsSpan().SequenceEqual(other.Shape)
            && strides.AsSpan().SequenceEqual(other.strides);

    /// <summary>
    /// The tensor. Tensors that share a storage in the file share memory here. It stays valid after the file is closed;
    /// the caller owns it.
    /// </summary>
    /// <exception cref="CheckpointException">The storage is broken.</exception>
    public Tensor Read() => asStrided.Call(storage.Values(), Shape, strides, offset);

    /// <summary>
    /// Frees memory that its elements take besides the file: they are read from the file again when they are used
    /// again. Nothing must have been written to a tensor that <see cref="Read"/> gave.
    /// </summary>
    public void Release() => storage.Release();

    /// <inheritdoc/>
    public override string ToString() => $"{Tensor.DescribeShape(Shape)} {Type}";
}
