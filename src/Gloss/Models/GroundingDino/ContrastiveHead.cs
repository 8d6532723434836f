using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>
/// Logits of text tokens: products of a query with the tokens, as published; or divided by √width, with a learned bias,
/// where the config has one.
/// </summary>
internal sealed class ContrastiveHead : Module
{
    private readonly double scale = 1;
    private readonly Parameter? bias;

    public ContrastiveHead(GroundingDinoConfig config)
    {
        if (config.ContrastiveBias is not { } start)
            return;
        scale = 1 / Math.Sqrt(config.HiddenSize);
        bias = AddParameter("bias", Tensors.Full([1], start));
    }

    /// <summary>
    /// (B, Q, C) and text (B, T, C) to (B, Q, T), −∞ for padding (B, T), bool, of the text.
    /// </summary>
    public Tensor Forward(Tensor x, Tensor text, Tensor? isTextPadding)
    {
        using var scope = TensorScope.Begin();
        var logits = x.MatMul(text.Transpose(1, 2)); // (B, Q, T)
        if (bias is not null)
            logits = logits * scale + bias.Value;
        if (isTextPadding is not null)
            logits = logits.MaskedFill(isTextPadding.Unsqueeze(1), double.NegativeInfinity);
        return scope.Return(logits);
    }
}
