namespace Gloss.Torch;

/// <summary>A tensor that is made when its turn to be written comes.</summary>
/// <param name="name">Its name in the file.</param>
/// <param name="type">Type of its elements.</param>
/// <param name="shape">Sizes of its dimensions.</param>
/// <param name="read">Makes it, of that type and shape; what it makes is freed once it is written.</param>
/// <param name="written">Called after that.</param>
public sealed class SafetensorsSource(string name, ScalarType type, long[] shape, Func<Tensor> read,
    Action? written = null)
{
    /// <summary>Its name in the file.</summary>
    public string Name { get; } = name;

    /// <summary>Type of its elements.</summary>
    public ScalarType Type { get; } = type;

    /// <summary>Sizes of its dimensions.</summary>
    public long[] Shape { get; } = shape;

    internal long Length => Shape.Aggregate((long)Type.SizeInBytes(), (bytes, size) => checked(bytes * size));

    internal Tensor Read() => read();

    internal void Written() => written?.Invoke();
}
