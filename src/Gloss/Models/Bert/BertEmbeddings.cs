using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Bert;

/// <summary>Word, position and (in the original BERT) token type vectors, summed and normalised.</summary>
public sealed class BertEmbeddings : Module
{
    private readonly Embedding? tokenTypes;
    private readonly LayerNorm norm;
    private readonly double dropout;

    /// <summary>Tables of the config's sizes.</summary>
    public BertEmbeddings(BertConfig config)
    {
        dropout = config.Dropout;
        Words = Add("word_embeddings", new Embedding(config.VocabularySize, config.HiddenSize, paddingId: 0));
        Positions = Add("position_embeddings", new Embedding(config.MaxPositions, config.HiddenSize));
        tokenTypes = config.TokenTypes > 0
            ? Add("token_type_embeddings", new Embedding(config.TokenTypes, config.HiddenSize)) : null;
        norm = Add("LayerNorm", new LayerNorm(config.HiddenSize, config.LayerNormEpsilon));
    }

    /// <summary>(V, C).</summary>
    public Embedding Words { get; }

    /// <summary>(positions, C).</summary>
    public Embedding Positions { get; }

    /// <summary>Ids (B, T), int64, to (B, T, C); the first token stands at <paramref name="firstPosition"/>.</summary>
    public Tensor Forward(Tensor ids, long firstPosition = 0)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(Sum(ids, Positions.Weight.Value.Narrow(0, firstPosition, ids.Size(1))));
    }

    /// <summary>Ids (B, T), int64, at any positions (B, T), int64, to (B, T, C).</summary>
    public Tensor Forward(Tensor ids, Tensor positions)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(Sum(ids, Positions.Forward(positions)));
    }

    private Tensor Sum(Tensor ids, Tensor positions)
    {
        using var scope = TensorScope.Begin();
        var x = Words.Forward(ids) + positions; // (B, T, C)
        if (tokenTypes is not null)
            x = x + tokenTypes.Weight.Value.Select(0, 0); // every token is of type 0
        return scope.Return(norm.Forward(x).Dropout(dropout, IsTraining && dropout > 0));
    }
}
