namespace Gloss.Cli.Recognition;

/// <summary>In what form results are printed.</summary>
internal enum ResultForm
{
    /// <summary>A line a picture, for people.</summary>
    Text,

    /// <summary>One JSON array.</summary>
    Json,

    /// <summary>One JSON object a line.</summary>
    JsonLines,
}
