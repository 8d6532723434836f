using Gloss.Models.Bert;
using Gloss.Torch;

namespace Gloss.Models.Tag2Text;

/// <summary>
/// The image-tag recognition decoder: Query2Label's decoder without self-attention. Each tag's query looks at the image
/// tokens in every layer.
/// </summary>
public sealed class TaggingHead : Module
{
    private readonly BertLayer[] layers;
    private Tensor? constantQueries;

    /// <summary>A head with layers of its own.</summary>
    public TaggingHead(BertConfig config) => layers = Enumerable.Range(0, config.Layers)
        .Select(i => Add($"encoder.layer.{i}", new BertLayer(config, hasSelfAttention: false))).ToArray();

    /// <summary>A head that shares cross-attention and feed-forward of the first layers of a tag encoder, as published.</summary>
    public TaggingHead(BertModel tagEncoder, int count, long heads) => layers = Enumerable.Range(0, count)
        .Select(i => Add($"encoder.layer.{i}", new BertLayer(tagEncoder.Layers[i], heads))).ToArray();

    /// <summary>Number of layers.</summary>
    public int LayerCount => layers.Length;

    /// <summary>
    /// Queries (1 or B, K, C) and image tokens (B, N, width) to (B, K, C). With <paramref name="intermediates"/> each
    /// layer's output is put there. <paramref name="areFolded"/>: the queries are those that were given to
    /// <see cref="FoldQueries"/>.
    /// </summary>
    public Tensor Forward(Tensor queries, Tensor imageTokens, IList<Tensor>? intermediates = null, bool areFolded = false)
    {
        using var scope = TensorScope.Begin();
        var x = queries;
        for (var i = 0; i < layers.Length; i++)
        {
            using var inner = TensorScope.Begin();
            x = inner.Return(layers[i].Forward(x, null, null, layers[i].ProjectContext(imageTokens),
                crossQueries: i == 0 && areFolded ? constantQueries : null));
            intermediates?.Add(TensorScope.Detach(x));
        }
        return scope.Return(x);
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
    protected override void Dispose(bool disposing)
    {
        constantQueries?.Dispose();
        base.Dispose(disposing);
    }
}
