namespace Gloss.Inference.Grounding;

/// <summary>How boxes are chosen.</summary>
public sealed record GrounderOptions
{
    /// <summary>Least score of a box, 0–1; null: the model's.</summary><value>null</value>
    public float? Threshold { get; init; }

    /// <summary>Which boxes that overlap a surer one are dropped.</summary><value>those of the same tag</value>
    public Suppression Suppression { get; init; } = Suppression.Class;

    /// <summary>Overlap (IoU) above which a box is dropped, 0–1; null: the model's.</summary><value>null</value>
    public double? SuppressAbove { get; init; }

    /// <summary>Most boxes of a picture, 1 or more.</summary><value>300</value>
    public int MostBoxes { get; init; } = 300;

    /// <summary>
    /// Most text tokens of a pass, 8 or more, at most the model's; null: the model's.
    /// </summary>
    /// <value>null</value>
    public int? TokensPerPass { get; init; }

    /// <summary>
    /// Whether matrix products compute in bfloat16. Boxes, the places that deformable attention looks at,
    /// norms and softmaxes stay in float32.
    /// </summary><value>false</value>
    public bool Bf16 { get; init; }

    /// <summary>What is wrong with the fields.</summary>
    /// <exception cref="ArgumentException">One is out of range; the message lists all.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (Threshold is not null and not (>= 0 and <= 1))
            faults.Add($"Threshold {Threshold}, 0 to 1");
        if (SuppressAbove is not null and not (>= 0 and <= 1))
            faults.Add($"SuppressAbove {SuppressAbove}, 0 to 1");
        if (MostBoxes < 1)
            faults.Add($"MostBoxes {MostBoxes}, 1 or more");
        if (TokensPerPass < 8)
            faults.Add($"TokensPerPass {TokensPerPass}, 8 or more");
        if (faults.Count > 0)
            throw new ArgumentException($"options of grounding are out of range · {string.Join(" · ", faults)}");
    }
}
