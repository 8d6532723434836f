using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>
/// Bi-directional fusion: picture tokens look at text tokens and text tokens at picture tokens, with one matrix of
/// scores. There are hundreds of times more picture tokens than text tokens, so all projections to the fusion's width
/// are done on the text's side, where they can be: q · kᵀ = v · (Wᵀ k), Σ p (W v) = W (Σ p v), and Σ p u · Wᵀ = Σ p (u
/// Wᵀ). The products are the published ones in another order; the published subtraction of maxima changes no softmax
/// and is left to it.
/// </summary>
internal sealed class FusionLayer : Module
{
    private const double InitialScale = 1e-4;
    private readonly long heads;
    private readonly long headSize;
    private readonly long width;
    private readonly LayerNorm imageNorm;
    private readonly LayerNorm textNorm;
    private readonly Linear imageQueries;
    private readonly Linear textKeys;
    private readonly Linear imageValues;
    private readonly Linear textValues;
    private readonly Linear imageOutput;
    private readonly Linear textOutput;
    private readonly Parameter imageScale;
    private readonly Parameter textScale;
    private readonly DropPath dropPath;

    public FusionLayer(GroundingDinoConfig config)
    {
        (heads, width) = (config.FusionHeads, config.HiddenSize);
        var inner = config.FusionSize;
        headSize = inner / heads;
        var deviation = Initial.Xavier(width, inner);
        imageNorm = Add("layer_norm_v", new LayerNorm(width, 1e-5));
        textNorm = Add("layer_norm_l", new LayerNorm(width, 1e-5));
        imageQueries = Add("attn.v_proj", new Linear(width, inner, standardDeviation: deviation));
        textKeys = Add("attn.l_proj", new Linear(width, inner, standardDeviation: deviation));
        imageValues = Add("attn.values_v_proj", new Linear(width, inner, standardDeviation: deviation));
        textValues = Add("attn.values_l_proj", new Linear(width, inner, standardDeviation: deviation));
        imageOutput = Add("attn.out_v_proj", new Linear(inner, width, standardDeviation: deviation));
        textOutput = Add("attn.out_l_proj", new Linear(inner, width, standardDeviation: deviation));
        imageScale = AddParameter("gamma_v", Tensors.Full([width], InitialScale));
        textScale = AddParameter("gamma_l", Tensors.Full([width], InitialScale));
        dropPath = Add("drop_path", new DropPath(config.FusionDropPath));
    }

    /// <summary>
    /// Picture tokens (B, S, C) and text tokens (B, T, C) to the same shapes; paddings (B, S) and (B, T), bool, null:
    /// none. The residual goes around from behind the norm.
    /// </summary>
    public (Tensor Image, Tensor Text) Forward(Tensor image, Tensor text, Tensor? isImagePadding, Tensor? isTextPadding)
    {
        using var scope = TensorScope.Begin();
        image = imageNorm.Forward(image);
        text = textNorm.Forward(text);
        var (B, S, T) = (image.Size(0), image.Size(1), text.Size(1));

        var keys = Attention.SplitHeads(textKeys.Forward(text), heads) * (1 / Math.Sqrt(headSize)); // (B, h, T, D)
        // (B, h·T, C)
        var folded = keys.MatMul(imageQueries.Weight.Value.Reshape(heads, headSize, width))
            .Reshape(B, heads * T, width);
        // (B, 1, h·T)
        var offset = keys.MatMul(imageQueries.Bias!.Value.Reshape(heads, headSize, 1)).Reshape(B, 1, heads * T);
        var scores = image.MatMul(folded.Transpose(1, 2)) + offset; // (B, S, h·T)

        var forImage = scores.Reshape(B, S, heads, T);
        if (isTextPadding is not null)
            forImage = forImage.MaskedFill(isTextPadding.Reshape(B, 1, 1, T), double.NegativeInfinity);
        var values = Attention.SplitHeads(textValues.Forward(text), heads); // (B, h, T, D)
        // (B, h, T, C)
        var outputs = values.MatMul(imageOutput.Weight.Value.Reshape(width, heads, headSize).Permute(1, 2, 0))
            .Reshape(B, heads * T, width);
        // (B, S, C)
        var imageChange = forImage.Softmax(-1).Reshape(B, S, heads * T).MatMul(outputs) + imageOutput.Bias!.Value;

        var forText = scores;
        if (isImagePadding is not null)
            forText = forText.MaskedFill(isImagePadding.Unsqueeze(-1), double.NegativeInfinity);
        var seen = forText.Softmax(1).Transpose(1, 2).MatMul(image).Reshape(B, heads, T, width); // (B, h, T, C)
        // (B, h, T, D)
        var mixed = seen.MatMul(imageValues.Weight.Value.Reshape(heads, headSize, width).Transpose(1, 2))
            + imageValues.Bias!.Value.Reshape(heads, 1, headSize);
        var textChange = textOutput.Forward(Attention.MergeHeads(mixed)); // (B, T, C)

        return (scope.Return(image + dropPath.Forward(imageChange * imageScale.Value)),
            scope.Return(text + dropPath.Forward(textChange * textScale.Value)));
    }
}
