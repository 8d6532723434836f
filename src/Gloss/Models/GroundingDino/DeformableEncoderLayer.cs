using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>Deformable self-attention of the picture's tokens, then a feed-forward layer; post-norm.</summary>
internal sealed class DeformableEncoderLayer : Module
{
    private readonly DeformableAttention attention;
    private readonly LayerNorm norm1;
    private readonly FeedForward feedForward;
    private readonly LayerNorm norm2;

    public DeformableEncoderLayer(GroundingDinoConfig config)
    {
        attention =
            Add("self_attn", new DeformableAttention(config.HiddenSize, config.Heads, config.Levels, config.Points));
        norm1 = Add("norm1", new LayerNorm(config.HiddenSize, 1e-5));
        feedForward = new FeedForward(config.HiddenSize, config.FeedForwardSize, config.Dropout, Add);
        norm2 = Add("norm2", new LayerNorm(config.HiddenSize, 1e-5));
    }

    /// <summary>Tokens (B, S, C) of the maps of <paramref name="features"/> to the same shape.</summary>
    public Tensor Forward(Tensor x, GroundingImageFeatures features)
    {
        using var scope = TensorScope.Begin();
        x = norm1.Forward(attention.Forward(x + features.Positions, features.ReferencePoints, x, features.Shapes,
            features.IsPadding, x));
        return scope.Return(norm2.Forward(feedForward.Forward(x, IsTraining)));
    }
}
