using System.Buffers;
using Gloss.Torch.Inference.Native;

namespace Gloss.Torch.Inference;

/// <summary>
/// A convolutional network made ready for inference: weights packed once into oneDNN's layout, activations and residual
/// sums fused into the convolutions, no memory allocated in a run after the first. Needs no libtorch. May run on
/// several threads at once.
/// </summary>
public sealed unsafe class ConvolutionPlan : IDisposable
{
    private readonly PlanHandle handle;
    private readonly PictureInput input;

    internal ConvolutionPlan(PlanHandle handle, PictureInput input, IReadOnlyList<PlanOutput> outputs)
    {
        this.handle = handle;
        this.input = input;
        Outputs = outputs;
    }

    /// <summary>What a run gives, in this order.</summary>
    public IReadOnlyList<PlanOutput> Outputs { get; }

    /// <summary>Computes the plan's one output.</summary>
    /// <param name="pictures">(count, height, width, channels) bytes, as <see cref="PictureInput"/> says.</param>
    /// <param name="count">How many pictures.</param>
    /// <param name="output">Takes (count, height, width, channels) floats.</param>
    /// <exception cref="ArgumentException">The plan has several outputs, or a length is wrong.</exception>
    public void Run(ReadOnlySpan<byte> pictures, int count, Span<float> output)
    {
        fixed (byte* start = pictures)
            RunOne(start, isBytes: true, pictures.Length, count, output);
    }

    /// <inheritdoc cref="Run(ReadOnlySpan{byte}, int, Span{float})"/>
    public void Run(ReadOnlySpan<float> pictures, int count, Span<float> output)
    {
        fixed (float* start = pictures)
            RunOne(start, isBytes: false, pictures.Length, count, output);
    }

    /// <summary>Computes all outputs.</summary>
    /// <param name="pictures">(count, height, width, channels) bytes, as <see cref="PictureInput"/> says.</param>
    /// <param name="count">How many pictures.</param>
    /// <param name="outputs">One for each of <see cref="Outputs"/>: takes (count, height, width, channels)
    /// floats.</param>
    /// <exception cref="ArgumentException">The number of outputs or a length is wrong.</exception>
    public void Run(ReadOnlySpan<byte> pictures, int count, ReadOnlySpan<Memory<float>> outputs)
    {
        fixed (byte* start = pictures)
            RunAll(start, isBytes: true, pictures.Length, count, outputs);
    }

    /// <inheritdoc cref="Run(ReadOnlySpan{byte}, int, ReadOnlySpan{Memory{float}})"/>
    public void Run(ReadOnlySpan<float> pictures, int count, ReadOnlySpan<Memory<float>> outputs)
    {
        fixed (float* start = pictures)
            RunAll(start, isBytes: false, pictures.Length, count, outputs);
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    private void RunOne(void* pictures, bool isBytes, int length, int count, Span<float> output)
    {
        CheckCount(1);
        CheckPictures(length, count);
        CheckOutput(Outputs[0], output.Length, count);
        if (count == 0)
            return;
        fixed (float* into = output)
            OneDnnMethods.Check(OneDnnMethods.gloss_plan_run(handle, pictures, isBytes ? 1 : 0, count, &into, 1));
    }

    private void RunAll(void* pictures, bool isBytes, int length, int count, ReadOnlySpan<Memory<float>> outputs)
    {
        CheckCount(outputs.Length);
        CheckPictures(length, count);
        for (var i = 0; i < outputs.Length; i++)
            CheckOutput(Outputs[i], outputs[i].Length, count);
        if (count == 0)
            return;
        var pins = new MemoryHandle[outputs.Length];
        var into = stackalloc float*[outputs.Length];
        try
        {
            for (var i = 0; i < outputs.Length; i++)
            {
                pins[i] = outputs[i].Pin();
                into[i] = (float*)pins[i].Pointer;
            }
            OneDnnMethods.Check(OneDnnMethods.gloss_plan_run(handle, pictures, isBytes ? 1 : 0, count, into,
                outputs.Length));
        }
        finally
        {
            foreach (var pin in pins)
                pin.Dispose();
        }
    }

    private void CheckCount(int given)
    {
        if (given != Outputs.Count)
        {
            throw new ArgumentException($"the plan has {Outputs.Count} outputs " +
                $"({string.Join(", ", Outputs.Select(output => output.Name))}), got room for {given}");
        }
    }

    private void CheckPictures(int length, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var expected = (long)count * input.Height * input.Width * input.Channels;
        if (length != expected)
        {
            throw new ArgumentException($"{count} pictures of {input.Height} × {input.Width} × {input.Channels} have " +
                $"{expected} values, got {length}");
        }
    }

    private static void CheckOutput(PlanOutput output, int length, int count)
    {
        if (length < (long)count * output.Length)
        {
            throw new ArgumentException($"output '{output.Name}' needs room for {count} × {output.Length} floats, " +
                $"got {length}");
        }
    }
}
