using Gloss.Torch;

namespace Gloss.Models.Bert;

/// <summary>
/// BERT (Devlin et al., 2019) with optional cross-attention in every layer: the mixture of encoder and decoder (MED) of
/// BLIP (Li et al., 2022) that Tag2Text builds on. Post-norm, GELU by the error function. Difference to the original:
/// without token types unless the config has them, and without pooler.
/// </summary>
public sealed class BertModel : Module
{
    private const double Hidden = -10000;

    /// <summary>A stack of the config's sizes.</summary>
    public BertModel(BertConfig config)
    {
        Config = config;
        Embeddings = Add("embeddings", new BertEmbeddings(config));
        Layers = Enumerable.Range(0, config.Layers)
            .Select(i => Add($"encoder.layer.{i}", new BertLayer(config))).ToArray();
    }

    /// <summary>
    /// A stack whose last layers share the cross-attention (the same parameters) of another stack's last ones, one to
    /// one; its other layers have none.
    /// </summary>
    public BertModel(BertConfig config, IReadOnlyList<BertLayer> crossFrom)
    {
        Config = config;
        Embeddings = Add("embeddings", new BertEmbeddings(config));
        Layers = Enumerable.Range(0, config.Layers).Select(i =>
        {
            var other = crossFrom.Count - config.Layers + i;
            return Add($"encoder.layer.{i}", other < 0 ? new BertLayer(config)
                : new BertLayer(config, crossFrom[other]));
        }).ToArray();
    }

    /// <summary>The sizes.</summary>
    public BertConfig Config { get; }

    /// <summary>The tables.</summary>
    public BertEmbeddings Embeddings { get; }

    /// <summary>The layers, first to last.</summary>
    public IReadOnlyList<BertLayer> Layers { get; }

    /// <summary>
    /// Encodes whole sequences: ids (B, T), int64; <paramref name="mask"/> (B, T), int64, 1 for tokens and 0 for
    /// padding; <paramref name="context"/> (B, Tk, encoder width), or null for text alone. Returns (B, T, C).
    /// </summary>
    public Tensor Encode(Tensor ids, Tensor mask, Tensor? context = null)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(Run(Embeddings.Forward(ids), PaddingMask(mask), context));
    }

    /// <summary>
    /// Encodes sequences in which each token sees tokens of its choice: ids (B, T), int64; <paramref name="visible"/>
    /// (B, T, T), bool, row by row what a token sees; <paramref name="positions"/> (B, T), int64. Returns (B, T, C).
    /// </summary>
    public Tensor Encode(Tensor ids, Tensor visible, Tensor positions, Tensor? context)
    {
        using var scope = TensorScope.Begin();
        var mask = (1.0 - visible.To(Embeddings.Words.Weight.Value.Type)) * Hidden;
        return scope.Return(Run(Embeddings.Forward(ids, positions), mask.Unsqueeze(1), context));
    }

    /// <summary>
    /// Runs whole sequences where each token sees those before it: training of a decoder. Shapes as in
    /// <see cref="Encode(Tensor, Tensor, Tensor?)"/>.
    /// </summary>
    public Tensor Decode(Tensor ids, Tensor mask, Tensor? context = null)
    {
        using var scope = TensorScope.Begin();
        var T = ids.Size(1);
        var causal = Tensors.Ones([T, T], device: ids.Device).LowerTriangle(); // (T, T)
        var visible = causal * mask.To(ScalarType.Float32).Reshape(-1, 1, 1, T); // (B, 1, T, T)
        return scope.Return(Run(Embeddings.Forward(ids), (1.0 - visible) * Hidden, context));
    }

    /// <summary>
    /// Runs new tokens (N, T) behind those that <paramref name="cache"/> holds; the cache keeps their keys and values.
    /// Returns (N, T, C).
    /// </summary>
    public Tensor DecodeNext(Tensor ids, DecoderCache cache)
    {
        using var scope = TensorScope.Begin();
        var T = ids.Size(1);
        var x = Embeddings.Forward(ids, cache.Length);
        Tensor? causal = null;
        if (T > 1)
        {
            var visible = Tensors.Ones([T, cache.Length + T], device: ids.Device).LowerTriangle(cache.Length);
            causal = (1.0 - visible) * Hidden; // (T, all)
        }
        for (var i = 0; i < Layers.Count; i++)
            x = Layers[i].Forward(x, cache.Extend(i, Layers[i].ProjectSelf(x)), causal, cache.Context(i));
        cache.Length += T;
        return scope.Return(x);
    }

    private Tensor Run(Tensor embedded, Tensor selfMask, Tensor? context)
    {
        var x = embedded;
        foreach (var layer in Layers)
        {
            using var scope = TensorScope.Begin();
            x = scope.Return(layer.Forward(x, layer.ProjectSelf(x), selfMask,
                context is null || !layer.HasCrossAttention ? null : layer.ProjectContext(context)));
        }
        return x;
    }

    private static Tensor PaddingMask(Tensor mask) =>
        (1.0 - mask.To(ScalarType.Float32).Reshape(-1, 1, 1, mask.Size(1))) * Hidden;
}
