namespace Gloss.Evaluation;

/// <summary>Precision and recall of tags given at a threshold; every figure is a fraction from 0 to 1.</summary>
/// <param name="ClassPrecisions">Precision by class; 0 for a class that was never predicted.</param>
/// <param name="ClassRecalls">Recall by class; 0 for a class without positives.</param>
/// <param name="CP">Mean of the class precisions, over all classes.</param>
/// <param name="CR">Mean of the class recalls, over all classes.</param>
/// <param name="CF1">Harmonic mean of <paramref name="CP"/> and <paramref name="CR"/>.</param>
/// <param name="OP">Precision of all decisions pooled.</param>
/// <param name="OR">Recall of all decisions pooled.</param>
/// <param name="OF1">Harmonic mean of <paramref name="OP"/> and <paramref name="OR"/>.</param>
/// <param name="MeanOfClassF1">Mean over classes of each class's F1: the other "macro F1" in use.</param>
public sealed record MultiLabelDecisions(
    IReadOnlyList<double> ClassPrecisions, IReadOnlyList<double> ClassRecalls, double CP, double CR, double CF1,
    double OP, double OR, double OF1, double MeanOfClassF1);
