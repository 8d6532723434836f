using Gloss.Models.Bert;
using Gloss.Torch;

namespace Gloss.Models.Tag2Text;

/// <summary>
/// The image-tag recognition decoder: Query2Label's decoder without self-attention. Each tag's query looks at the image
/// tokens in every layer.
/// </summary>
public sealed class TaggingHead : Module
{
    // Queries do not see each other: on a processor a long list goes in parts, which stay in its cache and need little
    // memory. Fewer rows would leave threads without work.
    private const long RowsOfThread = 576;

    private readonly BertLayer[] layers;
    private Tensor? constantQueries;
    private bool isPrepared;

    /// <summary>A head with layers of its own.</summary>
    public TaggingHead(BertConfig config) => layers = Enumerable.Range(0, config.Layers)
        .Select(i => Add($"encoder.layer.{i}", new BertLayer(config, hasSelfAttention: false))).ToArray();

    /// <summary>
    /// A head that shares cross-attention and feed-forward of the first layers of a tag encoder, as published.
    /// </summary>
    public TaggingHead(BertModel tagEncoder, int count, long heads) => layers = Enumerable.Range(0, count)
        .Select(i => Add($"encoder.layer.{i}", new BertLayer(tagEncoder.Layers[i], heads))).ToArray();

    /// <summary>Number of layers.</summary>
    public int LayerCount => layers.Length;

    /// <summary>
    /// Queries (1 or B, K, C) and image tokens (B, N, width) to (B, K, C). With <paramref name="intermediates"/> each
    /// layer's output is put there. <paramref name="areFolded"/>: the queries are those that were given to
    /// <see cref="FoldQueries"/>.
    /// </summary>
    public Tensor Forward(Tensor queries, Tensor imageTokens, IList<Tensor>? intermediates = null,
        bool areFolded = false)
    {
        using var scope = TensorScope.Begin();
        var contexts = Array.ConvertAll(layers, layer => layer.ProjectContext(imageTokens));
        var known = areFolded ? constantQueries : null;
        var count = queries.Size(1);
        var parts = isPrepared && imageTokens.Device.Type == DeviceType.Cpu && intermediates is null
            && queries.Size(0) == 1 && imageTokens.Size(0) == 1
            ? Math.Max(1, count / (RowsOfThread * Engine.Threads)) : 1;
        var results = new Tensor[parts];
        for (var part = 0; part < parts; part++)
        {
            var (first, end) = (count * part / parts, count * (part + 1) / parts);
            results[part] = parts == 1 ? Run(queries, contexts, known, intermediates)
                : Run(queries.Narrow(1, first, end - first), contexts, known?.Narrow(2, first, end - first), null);
        }
        return scope.Return(parts == 1 ? results[0] : TensorShape.Concatenate(1, results));
    }

    /// <summary>
    /// How much the queries look at each image token in the last layer, mean over heads: (B, K, N), rows sum to 1.
    /// </summary>
    public Tensor WhereLooked(Tensor queries, Tensor imageTokens)
    {
        using var scope = TensorScope.Begin();
        var x = queries;
        for (var i = 0; i < layers.Length - 1; i++)
            x = layers[i].Forward(x, null, null, layers[i].ProjectContext(imageTokens));
        return scope.Return(layers[^1].CrossWeights(x, layers[^1].ProjectContext(imageTokens)).Mean([1]));
    }

    /// <summary>Projects the first layer's queries once and for all; they do not depend on the picture.</summary>
    internal void FoldQueries(Tensor queries)
    {
        constantQueries?.Dispose();
        constantQueries = TensorScope.Detach(layers[0].CrossQueries(queries));
    }

    /// <inheritdoc/>
    public override void PrepareForInference()
    {
        base.PrepareForInference();
        isPrepared = true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        constantQueries?.Dispose();
        base.Dispose(disposing);
    }

    private Tensor Run(Tensor queries, KeysValues[] contexts, Tensor? crossQueries, IList<Tensor>? intermediates)
    {
        using var scope = TensorScope.Begin();
        var x = queries;
        for (var i = 0; i < layers.Length; i++)
        {
            using var inner = TensorScope.Begin();
            x = inner.Return(layers[i].Forward(x, null, null, contexts[i], crossQueries: i == 0 ? crossQueries : null));
            intermediates?.Add(TensorScope.Detach(x));
        }
        return scope.Return(x);
    }
}
