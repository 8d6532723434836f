using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>Self-attention of text tokens inside their sub-sentence, then a feed-forward layer; post-norm.</summary>
internal sealed class TextEnhancerLayer : Module
{
    private readonly MultiheadAttention attention;
    private readonly FeedForward feedForward;
    private readonly LayerNorm norm1;
    private readonly LayerNorm norm2;

    public TextEnhancerLayer(GroundingDinoConfig config)
    {
        attention = Add("self_attn", new MultiheadAttention(config.HiddenSize, config.TextHeads, config.Dropout));
        feedForward = new FeedForward(config.HiddenSize, config.TextFeedForwardSize, config.Dropout, Add);
        norm1 = Add("norm1", new LayerNorm(config.HiddenSize, 1e-5));
        norm2 = Add("norm2", new LayerNorm(config.HiddenSize, 1e-5));
    }

    /// <summary>(B, T, C) with positions (B, T, C); the mask (B, 1, T, T) is added to the scores.</summary>
    public Tensor Forward(Tensor x, Tensor positions, Tensor mask)
    {
        using var scope = TensorScope.Begin();
        var placed = x + positions;
        x = norm1.Forward(x + attention.Forward(placed, placed, x, mask));
        return scope.Return(norm2.Forward(feedForward.Forward(x, IsTraining)));
    }
}
