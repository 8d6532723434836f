namespace Gloss.Evaluation;

/// <summary>An annotated object.</summary>
/// <param name="ImageId">The image it is in.</param>
/// <param name="CategoryId">What it is.</param>
/// <param name="Box">Where it is.</param>
/// <param name="IsCrowd">True for a group that was not counted: it may match many detections and none is wrong.</param>
/// <param name="Area">
/// The area that sorts it into small, medium and large (COCO: of the mask). <value>Default: of the box.</value>
/// </param>
public sealed record GroundTruthBox(
    long ImageId, int CategoryId, BoundingBox Box, bool IsCrowd = false, double? Area = null);
