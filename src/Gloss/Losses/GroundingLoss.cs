using Gloss.Torch;

namespace Gloss.Losses;

/// <summary>
/// What Grounding DINO learns by (Liu et al., 2024, section 3.5; Open-GroundingDINO): focal loss on the matched
/// phrase's tokens, L1 and generalised IoU on boxes, each divided by the number of boxes of the batch.
/// </summary>
public sealed record GroundingLoss
{
    /// <summary>How predictions and targets are matched.</summary>
    public GroundingMatcher Matcher { get; init; } = new();

    /// <summary>Weight of the focal loss.</summary><value>2</value>
    public double ClassWeight { get; init; } = 2;

    /// <summary>Weight of L1.</summary><value>5</value>
    public double BoxWeight { get; init; } = 5;

    /// <summary>Weight of 1 − GIoU.</summary><value>2</value>
    public double GiouWeight { get; init; } = 2;

    /// <summary>Weight of positives in the focal loss, 0–1.</summary><value>0.25</value>
    public double Alpha { get; init; } = 0.25;

    /// <summary>How much less sure answers count, 0 or more.</summary><value>2</value>
    public double Gamma { get; init; } = 2;

    /// <summary>
    /// The losses of one layer's predictions; the current scope owns the tensors.
    /// </summary>
    /// <param name="logits">(B, Q, T); what stands on tokens that are not valid does not count.</param>
    /// <param name="boxes">(B, Q, 4): centre and size as fractions.</param>
    /// <param name="isValid">(B, T): 1 for tokens, 0 for padding, any type.</param>
    /// <param name="targets">Of each picture.</param>
    public GroundingLossParts Compute(Tensor logits, Tensor boxes, Tensor isValid,
        IReadOnlyList<IReadOnlyList<GroundingTarget>> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        using var scope = TensorScope.Begin();
        var (B, Q, T) = (logits.Size(0), logits.Size(1), logits.Size(2));
        if (targets.Count != B)
            throw new ArgumentException($"targets of {targets.Count} pictures, expected {B}", nameof(targets));
        var hostLogits = logits.Detach().To(ScalarType.Float32).ToArray<float>();
        var hostBoxes = boxes.Detach().To(ScalarType.Float32).ToArray<float>();
        var tokens = new float[B * Q * T];
        var rows = new List<long>();
        var wanted = new List<float>();
        for (var b = 0; b < B; b++)
        {
            var matched = Matcher.Match(hostLogits.AsSpan((int)(b * Q * T), (int)(Q * T)),
                hostBoxes.AsSpan((int)(b * Q * 4), (int)(Q * 4)), targets[b]);
            for (var t = 0; t < matched.Length; t++)
            {
                if (matched[t] < 0)
                    continue;
                var target = targets[b][t];
                rows.Add(b * Q + matched[t]);
                wanted.AddRange([target.CentreX, target.CentreY, target.Width, target.Height]);
                foreach (var token in target.Tokens)
                    tokens[(b * Q + matched[t]) * T + token] = 1;
            }
        }
        var count = (double)Math.Max(1, targets.Sum(t => t.Count));
        var device = logits.Device;
        var valid = isValid.To(ScalarType.Float32).Unsqueeze(1); // (B, 1, T)
        // −∞ on padding would give 0 · ∞ in gradients.
        var counted = logits.MaskedFill(valid.EqualTo(0.0), 0.0);
        var focal = (Focal(counted, Tensor.FromData(tokens, B, Q, T).To(device)) * valid).Sum() / count;
        Tensor distance, overlap;
        if (rows.Count == 0)
        {
            // Zero, but with a gradient: every layer takes part in every step.
            distance = boxes.Sum() * 0.0;
            overlap = boxes.Sum() * 0.0;
        }
        else
        {
            var chosen = boxes.Reshape(-1, 4).IndexSelect(0, Tensor.FromData(rows.ToArray()).To(device)); // (n, 4)
            var goal = Tensor.FromData(wanted.ToArray(), rows.Count, 4).To(device);
            distance = (chosen - goal).Abs().Sum() / count;
            overlap = (1.0 - GeneralizedIou(chosen, goal)).Sum() / count;
        }
        var total = focal * ClassWeight + distance * BoxWeight + overlap * GiouWeight;
        return new GroundingLossParts(scope.Return(total), scope.Return(focal), scope.Return(distance),
            scope.Return(overlap));
    }

    /// <summary>
    /// α_t (1 − p_t)^γ · cross entropy, element by element (Lin et al., "Focal Loss", ICCV 2017, eq. 5).
    /// </summary>
    public Tensor Focal(Tensor logits, Tensor targets)
    {
        using var scope = TensorScope.Begin();
        var p = logits.Sigmoid();
        // log(1 − σ(x)) = log σ(x) − x
        var positive = logits.LogSigmoid();
        var entropy = -(targets * positive + (1.0 - targets) * (positive - logits));
        var pt = p * targets + (1.0 - p) * (1.0 - targets);
        var weight = targets * Alpha + (1.0 - targets) * (1 - Alpha);
        return scope.Return(weight * (1.0 - pt).Pow(Gamma) * entropy);
    }

    /// <summary>Generalised IoU of boxes (n, 4), centre and size, pair by pair: (n), −1 to 1.</summary>
    public static Tensor GeneralizedIou(Tensor a, Tensor b)
    {
        using var scope = TensorScope.Begin();
        var (low1, high1) = Corners(a);
        var (low2, high2) = Corners(b);
        var shared = Area((high1.Minimum(high2) - low1.Maximum(low2)).Clamp(min: 0));
        var union = Area(high1 - low1) + Area(high2 - low2) - shared;
        var hull = Area(high1.Maximum(high2) - low1.Minimum(low2));
        return scope.Return(shared / union - (hull - union) / hull);
    }

    private static (Tensor Low, Tensor High) Corners(Tensor boxes)
    {
        var (centre, half) = (boxes.Narrow(-1, 0, 2), boxes.Narrow(-1, 2, 2) * 0.5);
        return (centre - half, centre + half);
    }

    private static Tensor Area(Tensor sides) => sides.Select(-1, 0) * sides.Select(-1, 1);
}
