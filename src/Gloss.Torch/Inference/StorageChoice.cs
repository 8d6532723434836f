using Gloss.Torch.Inference.Native;

namespace Gloss.Torch.Inference;

/// <summary>Decides in which numbers each node is computed and kept.</summary>
internal sealed class StorageChoice
{
    private static readonly Stored Float32 = new(Storage.Float32, 1);
    private readonly IReadOnlyList<ConvolutionPlanBuilder.Node> nodes;
    private readonly ConvolutionPrecision precision;
    private readonly ActivationRanges? ranges;
    private readonly bool[] isConvolved;
    private readonly bool[] isSummed;

    /// <summary>The choice for a network; <paramref name="ranges"/> is needed for int8.</summary>
    public StorageChoice(PictureInput input, IReadOnlyList<ConvolutionPlanBuilder.Node> nodes,
        ConvolutionPrecision precision, ActivationRanges? ranges)
    {
        this.nodes = nodes;
        this.precision = precision;
        this.ranges = ranges;
        isConvolved = new bool[nodes.Count];
        isSummed = new bool[nodes.Count];
        for (var i = 0; i < nodes.Count; i++)
        {
            if (nodes[i].Layer is not null && nodes[i].Input >= 0)
                isConvolved[nodes[i].Input] = true;
            if (nodes[i].Residual >= 0)
                isSummed[nodes[i].Residual] = isSummed[i] = true;
        }
        Picture = precision switch
        {
            ConvolutionPrecision.Float32 => Float32,
            ConvolutionPrecision.BFloat16 => new(Storage.BFloat16, 1),
            _ => BytesOf(input),
        };
    }

    /// <summary>How the normalised pictures are kept.</summary>
    public Stored Picture { get; }

    /// <summary>In what numbers a node reads its input (and so computes), and in what it keeps its result.</summary>
    public (Stored Read, Stored Kept) Of(int index)
    {
        var node = nodes[index];
        if (node.Layer is null)
            return (Float32, Float32);
        return (node.Input < 0 ? Picture : AsRead(node.Input), AsKept(index));
    }

    private Stored AsRead(int index)
    {
        if (nodes[index].Layer is null || precision == ConvolutionPrecision.Float32)
            return Float32;
        return precision == ConvolutionPrecision.BFloat16 ? new(Storage.BFloat16, 1) : Quantised(index);
    }

    // What no convolution reads (features given out or averaged) is kept as exact as it was summed.
    private Stored AsKept(int index)
    {
        if (!isConvolved[index] && !isSummed[index])
            return Float32;
        return AsRead(index);
    }

    private Stored Quantised(int index)
    {
        var range = ranges!.Of(nodes[index].Name);
        return new(range.IsUnsigned ? Storage.Byte : Storage.SignedByte, range.Scale);
    }

    // Pixels less a whole mean are whole numbers, which bytes hold as they are; otherwise the first layer stays in
    // float32.
    private static Stored BytesOf(PictureInput input)
    {
        var means = input.Mean.Span;
        var deviations = input.Deviation.Span;
        var same = means.IndexOfAnyExcept(means[0]) < 0 && deviations.IndexOfAnyExcept(deviations[0]) < 0;
        if (!same || means[0] != MathF.Round(means[0]) || means[0] is < 0 or > 128 || (means[0] is > 0 and < 127))
            return Float32;
        return new(means[0] == 0 ? Storage.Byte : Storage.SignedByte, 1 / deviations[0]);
    }

    /// <summary>A storage with what one step of it stands for (1 for floats).</summary>
    public readonly record struct Stored(Storage Storage, float Scale);
}
