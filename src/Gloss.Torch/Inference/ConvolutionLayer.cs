namespace Gloss.Torch.Inference;

/// <summary>One convolution of a plan, batch norm already folded into weights and bias.</summary>
public sealed class ConvolutionLayer
{
    /// <summary>Weights, dense: (out channels, in channels / groups, kernel rows, kernel columns).</summary>
    public required ReadOnlyMemory<float> Weights { get; init; }

    /// <summary>Bias, one for each output channel; empty: none.</summary>
    public ReadOnlyMemory<float> Bias { get; init; }

    /// <summary>How many channels come out.</summary>
    public required int OutChannels { get; init; }

    /// <summary>Rows and columns of the kernel.</summary>
    /// <value>1 × 1.</value>
    public (int Rows, int Columns) Kernel { get; init; } = (1, 1);

    /// <summary>How far the kernel moves, down and to the right.</summary>
    /// <value>1 × 1.</value>
    public (int Rows, int Columns) Stride { get; init; } = (1, 1);

    /// <summary>Distance between the kernel's points; 1 is a dense kernel.</summary>
    /// <value>1 × 1.</value>
    public (int Rows, int Columns) Dilation { get; init; } = (1, 1);

    /// <summary>Groups of channels that see only each other; as many as channels: depthwise.</summary>
    /// <value>1.</value>
    public int Groups { get; init; } = 1;

    /// <summary>Zeros around the input.</summary>
    /// <value>None.</value>
    public ConvolutionPadding Padding { get; init; }

    /// <summary>Applied last, after the residual.</summary>
    /// <value><see cref="ConvolutionActivation.None"/>.</value>
    public ConvolutionActivation Activation { get; init; }

    /// <summary>The name of a node of the same shape whose values are added; null: none.</summary>
    public string? Residual { get; init; }
}
