namespace Gloss.Data.Grounding;

/// <summary>
/// An annotation of a COCO file as it stands there, for the measure: crowds too, nothing cut. In pixels of the picture.
/// </summary>
/// <param name="Category">The name of its category.</param>
/// <param name="Left">Left edge.</param>
/// <param name="Top">Upper edge.</param>
/// <param name="Width">Width.</param>
/// <param name="Height">Height.</param>
/// <param name="IsCrowd">Whether it is a group that was not counted.</param>
/// <param name="Area">What sorts it into small, medium and large (of the mask, where there is one); null: not
/// given.</param>
public sealed record CocoAnnotation(
    string Category, double Left, double Top, double Width, double Height, bool IsCrowd, double? Area);
