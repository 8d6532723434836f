using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>
/// Queries look at each other, at the text, and at the picture inside their boxes; then a feed-forward layer.
/// Post-norm.
/// </summary>
internal sealed class DecoderLayer : Module
{
    private readonly MultiheadAttention selfAttention;
    private readonly LayerNorm selfNorm;
    private readonly MultiheadAttention textAttention;
    private readonly LayerNorm textNorm;
    private readonly DeformableAttention imageAttention;
    private readonly LayerNorm imageNorm;
    private readonly FeedForward feedForward;
    private readonly LayerNorm norm;

    public DecoderLayer(GroundingDinoConfig config)
    {
        var width = config.HiddenSize;
        imageAttention = Add("cross_attn", new DeformableAttention(width, config.Heads, config.Levels, config.Points));
        imageNorm = Add("norm1", new LayerNorm(width, 1e-5));
        textAttention = Add("ca_text", new MultiheadAttention(width, config.Heads, config.Dropout));
        textNorm = Add("catext_norm", new LayerNorm(width, 1e-5));
        selfAttention = Add("self_attn", new MultiheadAttention(width, config.Heads, config.Dropout));
        selfNorm = Add("norm2", new LayerNorm(width, 1e-5));
        feedForward = new FeedForward(width, config.FeedForwardSize, config.Dropout, Add);
        norm = Add("norm3", new LayerNorm(width, 1e-5));
    }

    /// <summary>
    /// Queries (B, Q, C) with positions (B, Q, C) and boxes (B, Q, levels, 4) to the same shape.
    /// <paramref name="textMask"/> (B, 1, 1, T) is added to the scores of text tokens; <paramref name="trace"/> takes
    /// what leaves each attention.
    /// </summary>
    public Tensor Forward(Tensor x, Tensor positions, Tensor boxes, Tensor tokens, GroundingImageFeatures features,
        Tensor text, Tensor? textMask, Action<string, Tensor>? trace)
    {
        using var scope = TensorScope.Begin();
        var placed = x + positions;
        x = selfNorm.Forward(x + selfAttention.Forward(placed, placed, x));
        trace?.Invoke("after_self_attn", x);
        x = textNorm.Forward(x + textAttention.Forward(x + positions, text, text, textMask));
        trace?.Invoke("after_text_attn", x);
        x = imageNorm.Forward(imageAttention.Forward(x + positions, boxes, tokens, features.Shapes,
            features.IsPadding, x));
        trace?.Invoke("after_image_attn", x);
        return scope.Return(norm.Forward(feedForward.Forward(x, IsTraining)));
    }
}
