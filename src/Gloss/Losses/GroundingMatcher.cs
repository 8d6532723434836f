namespace Gloss.Losses;

/// <summary>
/// Gives each target the prediction that fits it best, one to one (Carion et al., "DETR", ECCV 2020): costs by words,
/// by the distance of box coordinates and by generalised IoU.
/// </summary>
public sealed record GroundingMatcher
{
    private const double Smallest = 1e-8;

    /// <summary>Weight of the words.</summary><value>1</value>
    public double ClassCost { get; init; } = 1;

    /// <summary>Weight of the L1 distance.</summary><value>5</value>
    public double BoxCost { get; init; } = 5;

    /// <summary>Weight of −GIoU.</summary><value>2</value>
    public double GiouCost { get; init; } = 2;

    /// <summary>Weight of positives in the focal cost, 0–1.</summary><value>0.25</value>
    public double Alpha { get; init; } = 0.25;

    /// <summary>
    /// Costs (Q, targets), row-major, of one picture: logits (Q, T) and boxes (Q, 4), row-major. The words' cost is the
    /// focal loss's gain, positive minus negative, averaged over the target's tokens.
    /// </summary>
    public double[] Costs(ReadOnlySpan<float> logits, ReadOnlySpan<float> boxes, IReadOnlyList<GroundingTarget> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        var Q = boxes.Length / 4;
        var T = Q == 0 ? 0 : logits.Length / Q;
        var costs = new double[Q * targets.Count];
        for (var q = 0; q < Q; q++)
        {
            var box = boxes.Slice(4 * q, 4);
            for (var t = 0; t < targets.Count; t++)
            {
                var target = targets[t];
                var words = 0.0;
                foreach (var token in target.Tokens)
                    words += WordCost(logits[q * T + token]);
                var distance = Math.Abs((double)box[0] - target.CentreX) + Math.Abs((double)box[1] - target.CentreY)
                    + Math.Abs((double)box[2] - target.Width) + Math.Abs((double)box[3] - target.Height);
                costs[q * targets.Count + t] = ClassCost * words / target.Tokens.Count + BoxCost * distance
                    - GiouCost * GeneralizedIou(box, target);
            }
        }
        return costs;
    }

    /// <summary>
    /// The prediction of each target, for the arguments of <see cref="Costs"/>; −1 where predictions are too few.
    /// </summary>
    public int[] Match(ReadOnlySpan<float> logits, ReadOnlySpan<float> boxes, IReadOnlyList<GroundingTarget> targets)
    {
        var (Q, n) = (boxes.Length / 4, targets.Count);
        var costs = Costs(logits, boxes, targets);
        var byTarget = new double[costs.Length];
        for (var q = 0; q < Q; q++)
        {
            for (var t = 0; t < n; t++)
                byTarget[t * Q + q] = costs[q * n + t];
        }
        return HungarianAssignment.Solve(byTarget, n, Q);
    }

    private double WordCost(double logit)
    {
        var p = 1 / (1 + Math.Exp(-logit));
        return Alpha * (1 - p) * (1 - p) * -Math.Log(p + Smallest) - (1 - Alpha) * p * p * -Math.Log(1 - p + Smallest);
    }

    // Rezatofighi et al., "Generalized Intersection over Union", CVPR 2019.
    private static double GeneralizedIou(ReadOnlySpan<float> box, GroundingTarget target)
    {
        double left = box[0] - box[2] / 2.0, top = box[1] - box[3] / 2.0, right = box[0] + box[2] / 2.0,
            bottom = box[1] + box[3] / 2.0;
        double targetLeft = target.CentreX - target.Width / 2.0, targetTop = target.CentreY - target.Height / 2.0,
            targetRight = target.CentreX + target.Width / 2.0, targetBottom = target.CentreY + target.Height / 2.0;
        var shared = Math.Max(0, Math.Min(right, targetRight) - Math.Max(left, targetLeft))
            * Math.Max(0, Math.Min(bottom, targetBottom) - Math.Max(top, targetTop));
        var union = (right - left) * (bottom - top) + (targetRight - targetLeft) * (targetBottom - targetTop) - shared;
        var hull = (Math.Max(right, targetRight) - Math.Min(left, targetLeft))
            * (Math.Max(bottom, targetBottom) - Math.Min(top, targetTop));
        return union <= 0 || hull <= 0 ? -1 : shared / union - (hull - union) / hull;
    }
}
