using Gloss.Models.Layers;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Models.GroundingDino;

/// <summary>
/// Multi-scale deformable attention (Zhu et al., "Deformable DETR", ICLR 2021, eq. 3): each head of a query looks at a
/// few learned points of each map, around a reference point or inside a reference box.
/// </summary>
public sealed class DeformableAttention : Module
{
    private readonly long heads;
    private readonly long levels;
    private readonly long points;
    private readonly Linear samplingOffsets;
    private readonly Linear attentionWeights;
    private readonly Linear valueProjection;
    private readonly Linear outputProjection;

    /// <summary>Attention over <paramref name="levels"/> maps of tokens of <paramref name="width"/>.</summary>
    public DeformableAttention(long width, long heads, long levels, long points)
    {
        (this.heads, this.levels, this.points) = (heads, levels, points);
        samplingOffsets = Add("sampling_offsets", new Linear(width, heads * levels * points * 2, standardDeviation: 0));
        attentionWeights = Add("attention_weights", new Linear(width, heads * levels * points, standardDeviation: 0));
        valueProjection = Add("value_proj", new Linear(width, width, standardDeviation: Initial.Xavier(width, width)));
        outputProjection =
            Add("output_proj", new Linear(width, width, standardDeviation: Initial.Xavier(width, width)));
        using var noGradient = GradientMode.None();
        using var start = Tensor.FromData(InitialOffsets(heads, levels, points));
        samplingOffsets.Bias!.Value.CopyInPlace(start);
    }

    /// <summary>
    /// The first offsets: each head looks into a direction of its own, its points 1, 2 … places away; (heads · levels ·
    /// points · 2).
    /// </summary>
    public static float[] InitialOffsets(long heads, long levels, long points)
    {
        var offsets = new float[heads * levels * points * 2];
        for (var i = 0; i < offsets.Length / 2; i++)
        {
            var head = i / (levels * points);
            var angle = (float)(head * (2 * Math.PI / heads));
            var (x, y) = (MathF.Cos(angle), MathF.Sin(angle));
            var largest = Math.Max(MathF.Abs(x), MathF.Abs(y));
            offsets[2 * i] = x / largest * (i % points + 1);
            offsets[2 * i + 1] = y / largest * (i % points + 1);
        }
        return offsets;
    }

    /// <summary>
    /// Queries (B, Q, C) look at the maps' tokens (B, S, C); returns (B, Q, C).
    /// </summary>
    /// <param name="queries">What looks.</param>
    /// <param name="references">(B, Q, levels, 2) points, or (B, Q, levels, 4) boxes (centre and size), as
    /// fractions.</param>
    /// <param name="tokens">The maps' tokens, level by level, row by row.</param>
    /// <param name="shapes">Height and width of each level: H₀, W₀, H₁, W₁ …</param>
    /// <param name="isPadding">(B, S), bool: tokens that count as zero; null: none.</param>
    /// <param name="residual">(B, Q, C), added to the result; null: none.</param>
    public Tensor Forward(Tensor queries, Tensor references, Tensor tokens, long[] shapes, Tensor? isPadding,
        Tensor? residual = null)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(Look(queries, references, ProjectValues(tokens, isPadding), shapes, residual));
    }

    /// <summary>The values of the maps' tokens (B, S, C), padding zeroed: (B, S, heads, D).</summary>
    public Tensor ProjectValues(Tensor tokens, Tensor? isPadding)
    {
        using var scope = TensorScope.Begin();
        var values = valueProjection.Forward(tokens);
        if (isPadding is not null)
            values = values.MaskedFill(isPadding.Unsqueeze(-1), 0.0);
        var (B, S, C) = (values.Size(0), values.Size(1), values.Size(2));
        return scope.Return(values.Reshape(B, S, heads, C / heads));
    }

    private Tensor Look(Tensor queries, Tensor references, Tensor values, long[] shapes, Tensor? residual)
    {
        using var scope = TensorScope.Begin();
        var (B, Q) = (queries.Size(0), queries.Size(1));
        var offsets = Offsets(queries).Reshape(B, Q, heads, levels, points, 2);
        var weights = attentionWeights.Forward(queries).To(queries.Type).Reshape(B, Q, heads, levels * points)
            .Softmax(-1).Reshape(B, Q, heads, levels, points);
        var centres = references.Narrow(-1, 0, 2).Reshape(B, Q, 1, levels, 1, 2);
        Tensor scale;
        if (references.Size(-1) == 4)
        {
            scale = references.Narrow(-1, 2, 2).Reshape(B, Q, 1, levels, 1, 2) * (0.5 / points);
        }
        else
        {
            var sizes = new float[levels * 2]; // (x, y) of each level
            for (var level = 0; level < levels; level++)
                (sizes[2 * level], sizes[2 * level + 1]) = (1f / shapes[2 * level + 1], 1f / shapes[2 * level]);
            scale = Tensor.FromData(sizes, 1, 1, 1, levels, 1, 2).To(queries.Device);
        }
        var locations = centres + offsets * scale; // (B, Q, heads, levels, points, 2)
        // The kernel computes in the type of the places that it looks at.
        // (B, Q, C)
        var mixed = NeuralOperators.DeformableAttention(values.To(locations.Type), shapes, locations,
            weights.To(locations.Type));
        return scope.Return(outputProjection.Forward(mixed, LinearActivation.None, residual));
    }

    // In float32 in any case: a place is a sum of many steps of bfloat16.
    private Tensor Offsets(Tensor queries)
    {
        using var precision = Precision.Full();
        using var scope = TensorScope.Begin();
        return scope.Return(samplingOffsets.Forward(queries.To(samplingOffsets.Weight.Value.Type)));
    }
}
