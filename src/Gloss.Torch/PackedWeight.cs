using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>
/// A weight in the layout that one of libtorch's quantised or packed operators wants; opaque. The owner disposes it.
/// </summary>
public sealed class PackedWeight : IDisposable
{
    private readonly ValueHandle handle;
    private readonly string madeBy;

    internal PackedWeight(IntPtr value, string madeBy)
    {
        handle = new ValueHandle(value);
        this.madeBy = madeBy;
    }

    internal IntPtr Pointer => handle.IsClosed ? throw new ObjectDisposedException(ToString())
        : handle.DangerousGetHandle();

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    /// <inheritdoc/>
    public override string ToString() => $"weight packed by {madeBy}";
}
