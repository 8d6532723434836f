using Gloss.Models.Bert;
using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Tag2Text;

/// <summary>
/// Tag2Text's third branch (paper, section 3.2), which the published code leaves out: pictures and texts as vectors of
/// one space (image-text contrast), and whether a text belongs to a picture (image-text matching). Built as BLIP's, on
/// which the paper stands (Li et al., ICML 2022); the cross-attention is the text decoder's own.
/// </summary>
public sealed class AlignmentBranch : Module
{
    private const double InitialTemperature = 0.07;
    private readonly AlignmentConfig config;
    private readonly Func<Tensor, Tensor> seen;
    private readonly AttentionPooling? pooling;
    private readonly Linear imageProjection;
    private readonly Linear textProjection;
    private readonly Linear? matchHead;
    private readonly Parameter temperature;

    /// <summary>A branch beside a decoder.</summary>
    /// <param name="config">The sizes.</param>
    /// <param name="text">Sizes of the model's text parts.</param>
    /// <param name="tokenWidth">Width of an image token.</param>
    /// <param name="decoder">Lends its layers' cross-attention.</param>
    /// <param name="seen">The rows of image tokens that it sees.</param>
    internal AlignmentBranch(AlignmentConfig config, BertConfig text, long tokenWidth, BertModel decoder,
        Func<Tensor, Tensor> seen)
    {
        (this.config, this.seen) = (config, seen);
        TextEncoder = Add("text_encoder", new BertModel(text with { Layers = config.Layers, EncoderWidth = null },
            config.HasMatching ? decoder.Layers : []));
        if (config.PoolingHeads > 0)
            pooling = Add("pooling", new AttentionPooling(tokenWidth, config.PoolingHeads));
        imageProjection = Add("vision_proj", new Linear(tokenWidth, config.Width));
        textProjection = Add("text_proj", new Linear(text.HiddenSize, config.Width));
        if (config.HasMatching)
            matchHead = Add("itm_head", new Linear(text.HiddenSize, 2));
        temperature = AddParameter("temp", Tensors.Full([], InitialTemperature));
    }

    /// <summary>Numbers of an embedding.</summary>
    public long Width => config.Width;

    /// <summary>Whether <see cref="Match"/> can be asked.</summary>
    public bool HasMatching => config.HasMatching;

    /// <summary>Tokens that a text is cut to.</summary>
    public int MaxTokens => config.MaxTokens;

    /// <summary>The text encoder, with cross-attention in its last layers.</summary>
    public BertModel TextEncoder { get; }

    /// <summary>What similarities are divided by, learned; 0.001 to 0.5 in use.</summary>
    public Tensor Temperature => temperature.Value.Clamp(0.001, 0.5);

    /// <summary>Image tokens (B, N, C) to embeddings (B, Width) of length 1.</summary>
    public Tensor EmbedImages(Tensor imageTokens)
    {
        using var scope = TensorScope.Begin();
        var tokens = seen(imageTokens);
        var whole = tokens.Select(1, 0); // (B, C)
        if (pooling is not null)
            whole += pooling.Forward(tokens);
        return scope.Return(imageProjection.Forward(whole).Normalize());
    }

    /// <summary>Texts, ids and mask (B, T) int64 beginning with [CLS], to embeddings (B, Width) of length 1.</summary>
    public Tensor EmbedTexts(Tensor ids, Tensor mask)
    {
        using var scope = TensorScope.Begin();
        var states = TextEncoder.Encode(ids, mask); // (B, T, hidden)
        if (!config.HasMeanPooling)
            return scope.Return(textProjection.Forward(states.Select(1, 0)).Normalize());
        var weight = mask.To(ScalarType.Float32).Unsqueeze(-1); // (B, T, 1)
        return scope.Return(textProjection.Forward((states * weight).Sum([1]) / weight.Sum([1])).Normalize());
    }

    /// <summary>
    /// Whether texts belong to pictures: ids and mask (B, T) int64 beginning with [ENC], and what the decoder sees of
    /// each picture, (B, Tk, hidden), to logits (B, 2), that of a match second.
    /// </summary>
    /// <exception cref="InvalidOperationException">The config leaves matching out.</exception>
    public Tensor Match(Tensor ids, Tensor mask, Tensor context)
    {
        if (matchHead is null)
            throw new InvalidOperationException(
                "the model's alignment branch has no matching, it compares embeddings alone");
        using var scope = TensorScope.Begin();
        return scope.Return(matchHead.Forward(TextEncoder.Encode(ids, mask, context).Select(1, 0)));
    }

    /// <summary>A learned query that gathers from all tokens of a picture (B, N, C) to (B, C).</summary>
    private sealed class AttentionPooling : Module
    {
        private readonly Parameter query;
        private readonly Linear keysValues;
        private readonly Linear output;
        private readonly long heads;

        public AttentionPooling(long width, long heads)
        {
            this.heads = heads;
            query = AddParameter("query", Initial.Normal([1, 1, width], 0.02));
            keysValues = Add("keys_values", new Linear(width, 2 * width));
            output = Add("output", new Linear(width, width));
        }

        public Tensor Forward(Tensor tokens)
        {
            using var scope = TensorScope.Begin();
            var (B, C) = (tokens.Size(0), tokens.Size(2));
            var projected = keysValues.Forward(tokens);
            var keys = Attention.SplitHeads(projected.Narrow(2, 0, C), heads);
            var values = Attention.SplitHeads(projected.Narrow(2, C, C), heads);
            var queries = Attention.SplitHeads(query.Value.Expand(B, 1, C), heads);
            var pooled = Attention.MergeHeads(Attention.Apply(queries, keys, values, null, 0, false)); // (B, 1, C)
            return scope.Return(output.Forward(pooled).Select(1, 0));
        }
    }
}
