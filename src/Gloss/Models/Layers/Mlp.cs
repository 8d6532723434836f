using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Models.Layers;

/// <summary>Two linear layers, <c>fc1</c> and <c>fc2</c>, with GELU (by the error function) between them.</summary>
public sealed class Mlp : Module
{
    /// <summary>From <paramref name="width"/> to <paramref name="hidden"/> and back.</summary>
    public Mlp(long width, long hidden)
    {
        Fc1 = Add("fc1", new Linear(width, hidden));
        Fc2 = Add("fc2", new Linear(hidden, width));
    }

    /// <summary>The first layer.</summary>
    public Linear Fc1 { get; }

    /// <summary>The second layer.</summary>
    public Linear Fc2 { get; }

    /// <summary>
    /// (…, width) to the same shape; x is normalised first where a norm is given, and a residual of that shape added.
    /// </summary>
    public Tensor Forward(Tensor x, Tensor? residual = null, LayerNorm? norm = null) =>
        Linear.ForwardPair(Fc1, Fc2, x, LinearActivation.Gelu, residual, norm);
}
