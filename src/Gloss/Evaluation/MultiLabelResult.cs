namespace Gloss.Evaluation;

/// <summary>Tagging measured over all classes; every figure is a fraction from 0 to 1.</summary>
/// <param name="MeanAveragePrecision">mAP over all classes; one without positives counts as 0.</param>
/// <param name="MeanAveragePrecisionOfCounted">
/// mAP over the classes that have enough positives; 0 where there is none.
/// </param>
/// <param name="CountedClasses">How many classes have enough positives.</param>
/// <param name="AveragePrecisions">Average precision by class.</param>
/// <param name="Decisions">Precision and recall at the threshold.</param>
public sealed record MultiLabelResult(
    double MeanAveragePrecision, double MeanAveragePrecisionOfCounted, int CountedClasses,
    IReadOnlyList<double> AveragePrecisions, MultiLabelDecisions Decisions);
