namespace Gloss.Torch;

/// <summary>Where one tensor of a safetensors file lies.</summary>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">Sizes of the dimensions.</param>
/// <param name="Start">First byte, counted from the end of the header.</param>
/// <param name="Length">Number of bytes.</param>
public sealed record SafetensorsEntry(ScalarType Type, long[] Shape, long Start, long Length);
