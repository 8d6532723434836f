// CLIP: pictures and texts in one space, learned from pairs.
// Paper: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", ICML 2021.
// Reference code: github.com/openai/CLIP@d05afc4, clip/model.py.
using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Clip;

/// <summary>
/// CLIP with a vision transformer: the teacher, and the encoder of tag names and descriptions, of RAM and RAM++.
/// </summary>
public sealed class ClipModel : Module
{
    private readonly Vision vision;
    private readonly Embedding tokens;
    private readonly Parameter positions;
    private readonly ClipTransformer transformer;
    private readonly LayerNorm finalNorm;
    private readonly Parameter textProjection;
    private readonly Parameter logitScale;

    /// <summary>A model of the config's sizes.</summary>
    public ClipModel(ClipConfig config)
    {
        Config = config;
        positions = AddParameter("positional_embedding",
            Initial.Normal([config.ContextLength, config.TextWidth], 0.01));
        textProjection = AddParameter("text_projection",
            Initial.Normal([config.TextWidth, config.EmbeddingSize], 1 / Math.Sqrt(config.TextWidth)));
        logitScale = AddParameter("logit_scale", Tensors.Full([], Math.Log(1 / 0.07)));
        vision = Add("visual", new Vision(config));
        transformer = Add("transformer", new ClipTransformer(config.TextWidth, config.TextLayers));
        tokens = Add("token_embedding", new Embedding(config.VocabularySize, config.TextWidth));
        finalNorm = Add("ln_final", new LayerNorm(config.TextWidth, 1e-5));
    }

    /// <summary>The sizes.</summary>
    public ClipConfig Config { get; }

    /// <summary>Where the model computes.</summary>
    public Device Device => logitScale.Value.Device;

    /// <summary>Normalised pixels (B, 3, S, S) to embeddings (B, embedding), not normalised.</summary>
    public Tensor EncodeImages(Tensor pixels, IList<Tensor>? intermediates = null)
    {
        var (height, width) = (pixels.Size(-2), pixels.Size(-1));
        if (height != Config.ImageSize || width != Config.ImageSize)
            throw new ArgumentException(
                $"the picture is {pixels}, expected (B, 3, {Config.ImageSize}, {Config.ImageSize})", nameof(pixels));
        return vision.Forward(pixels, intermediates);
    }

    /// <summary>
    /// Texts as token ids (B, T), int64, that begin with the start token, end with the end token (the largest id) and
    /// are filled up with 0, to embeddings (B, embedding), not normalised. Tokens behind the end change nothing.
    /// </summary>
    public Tensor EncodeTexts(Tensor ids, IList<Tensor>? intermediates = null)
    {
        using var scope = TensorScope.Begin();
        var (B, T) = (ids.Size(0), ids.Size(1));
        if (T > Config.ContextLength)
            throw new ArgumentException($"the texts have {T} tokens, at most {Config.ContextLength}", nameof(ids));
        var x = tokens.Forward(ids) + positions.Value.Narrow(0, 0, T); // (B, T, C)
        var causal = Tensors.Ones([T, T], device: ids.Device).LowerTriangle();
        var mask = Tensors.Zeros([T, T], x.Type, ids.Device).MaskedFill(causal.EqualTo(0L), double.NegativeInfinity);
        x = finalNorm.Forward(transformer.Forward(x, mask, intermediates));
        intermediates?.Add(TensorScope.Detach(x.Clone()));
        var rows = Tensors.Arange(B, device: ids.Device);
        return scope.Return(x.Index(rows, ids.ArgMax(1)).MatMul(textProjection.Value)); // (B, embedding)
    }

    /// <summary>Scaled cosines of pictures (B, embedding) and texts (M, embedding): (B, M).</summary>
    public Tensor Logits(Tensor imageEmbeddings, Tensor textEmbeddings)
    {
        using var scope = TensorScope.Begin();
        var cosines = imageEmbeddings.Normalize().MatMul(textEmbeddings.Normalize().Transpose(0, 1));
        return scope.Return(logitScale.Value.Exp() * cosines);
    }

    private sealed class Vision : Module
    {
        private readonly Convolution patches;
        private readonly Parameter classToken;
        private readonly Parameter positions;
        private readonly LayerNorm normBefore;
        private readonly ClipTransformer transformer;
        private readonly LayerNorm normAfter;
        private readonly Parameter projection;

        public Vision(ClipConfig config)
        {
            var width = config.VisionWidth;
            var (side, scale) = (config.ImageSize / config.PatchSize, 1 / Math.Sqrt(width));
            classToken = AddParameter("class_embedding", Initial.Normal([width], scale));
            positions = AddParameter("positional_embedding", Initial.Normal([side * side + 1, width], scale));
            projection = AddParameter("proj", Initial.Normal([width, config.EmbeddingSize], scale));
            patches = Add("conv1", new Convolution(3, width, config.PatchSize, config.PatchSize, hasBias: false));
            normBefore = Add("ln_pre", new LayerNorm(width, 1e-5));
            transformer = Add("transformer", new ClipTransformer(width, config.VisionLayers));
            normAfter = Add("ln_post", new LayerNorm(width, 1e-5));
        }

        public Tensor Forward(Tensor pixels, IList<Tensor>? intermediates)
        {
            using var scope = TensorScope.Begin();
            var grid = patches.Forward(pixels).Flatten(2).Transpose(1, 2); // (B, N, C)
            var first = classToken.Value.Reshape(1, 1, -1).Expand(grid.Size(0), 1, grid.Size(2));
            var x = normBefore.Forward(TensorShape.Concatenate(1, first, grid) + positions.Value);
            intermediates?.Add(TensorScope.Detach(x.Clone()));
            x = transformer.Forward(x, null, intermediates);
            return scope.Return(normAfter.Forward(x.Select(1, 0)).MatMul(projection.Value)); // (B, embedding)
        }
    }
}
