namespace Gloss.Torch;

/// <summary>Where a tensor lives.</summary>
/// <param name="Type">The kind of device.</param>
/// <param name="Index">Which one of its kind; -1 for the current one.</param>
public readonly record struct Device(DeviceType Type, int Index = -1)
{
    /// <summary>The processor.</summary>
    public static Device Cpu => new(DeviceType.Cpu);

    /// <summary>
    /// Reads <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, or <c>auto</c> (the first GPU when there is one).
    /// </summary>
    /// <exception cref="ArgumentException">The text names no device, or one that is not there.</exception>
    public static Device Parse(string text)
    {
        if (text == "auto")
            return Engine.CudaDeviceCount > 0 ? new Device(DeviceType.Cuda, 0) : Cpu;
        if (text == "cpu")
            return Cpu;
        var index = 0;
        if (text != "cuda" && !(text.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(5), out index)))
            throw new ArgumentException($"unknown device '{text}' · hint: auto, cpu, cuda or cuda:N", nameof(text));
        if (index < 0 || index >= Engine.CudaDeviceCount)
            throw new ArgumentException(
                $"device '{text}' is not there: this libtorch sees {Engine.CudaDeviceCount} CUDA devices · hint: cpu",
                nameof(text));
        return new Device(DeviceType.Cuda, index);
    }

    /// <inheritdoc/>
    public override string ToString() => Type == DeviceType.Cpu ? "cpu" : Index < 0 ? "cuda" : $"cuda:{Index}";
}
