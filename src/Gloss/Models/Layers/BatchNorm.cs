using Gloss.Torch;

namespace Gloss.Models.Layers;

/// <summary>Batch normalisation of (B, C, H, W) (Ioffe and Szegedy, 2015).</summary>
public sealed class BatchNorm : Module
{
    private readonly double momentum;

    /// <summary>A layer for <paramref name="channels"/> channels.</summary>
    public BatchNorm(long channels, double epsilon, double momentum)
    {
        Epsilon = epsilon;
        this.momentum = momentum;
        Weight = AddParameter("weight", Tensors.Ones([channels]));
        Bias = AddParameter("bias", Tensors.Zeros([channels]));
        RunningMean = AddParameter("running_mean", Tensors.Zeros([channels]), isTrainable: false);
        RunningVariance = AddParameter("running_var", Tensors.Ones([channels]), isTrainable: false);
    }

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>(C).</summary>
    public Parameter Weight { get; }

    /// <summary>(C).</summary>
    public Parameter Bias { get; }

    /// <summary>(C).</summary>
    public Parameter RunningMean { get; }

    /// <summary>(C).</summary>
    public Parameter RunningVariance { get; }

    /// <summary>
    /// Whether the running figures are used, and kept, in training too: right for small batches of fine-tuning.
    /// </summary>
    public bool IsFrozen { get; set; }

    /// <summary>(B, C, H, W) to the same shape.</summary>
    public Tensor Forward(Tensor x) => x.BatchNorm(Weight.Value, Bias.Value, RunningMean.Value, RunningVariance.Value,
        IsTraining && !IsFrozen, momentum, Epsilon);
}
