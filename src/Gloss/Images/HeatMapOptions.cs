namespace Gloss.Images;

/// <summary>How a heat map is drawn.</summary>
public sealed record HeatMapOptions
{
    /// <summary>How much of the photograph the hottest places hide, 0–1; cold places hide none.</summary>
    /// <value>0.75.</value>
    public double Opacity { get; init; } = 0.75;

    /// <summary>The value that is drawn as cold.</summary>
    /// <value>null: the smallest of the map.</value>
    public float? Coldest { get; init; }

    /// <summary>The value that is drawn as hot.</summary>
    /// <value>null: the largest of the map.</value>
    public float? Hottest { get; init; }
}
