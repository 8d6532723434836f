namespace Gloss.Torch.Inference;

/// <summary>One output of a plan: for each picture (height, width, channels) floats, dense.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Channels">Channels, the fastest index.</param>
public readonly record struct PlanOutput(string Name, int Height, int Width, int Channels)
{
    /// <summary>How many floats one picture gives.</summary>
    public int Length => Height * Width * Channels;
}
