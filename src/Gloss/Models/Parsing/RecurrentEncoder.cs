using Gloss.Models.Layers;
using Gloss.Text.Parsing;
using Gloss.Torch;

namespace Gloss.Models.Parsing;

/// <summary>
/// A small encoder for captions by the million (Kiperwasser and Goldberg 2016): recurrent layers in both directions
/// over words. A word is a projection of the given vectors of its first, second and last piece, with learnt vectors of
/// its first piece, its ending and how it is written; all of that can be kept for each known word. Sentences of a batch
/// must be equally long.
/// </summary>
public sealed class RecurrentEncoder : WordEncoder
{
    private readonly RecurrentEncoderConfig config;
    private readonly Embedding pieces;
    private readonly Linear[] projections;
    private readonly Embedding learnt;
    private readonly Embedding endings;
    private readonly Embedding shapes;
    private readonly LayerNorm norm;
    private readonly Parameter root;
    private readonly Lstm[] layers;

    /// <summary>An encoder of the config's sizes; the table of pieces does not learn.</summary>
    public RecurrentEncoder(RecurrentEncoderConfig config)
    {
        this.config = config;
        var C = config.WordSize;
        pieces = Add("pieces", new Embedding(config.VocabularySize, config.PieceSize, paddingId: 0));
        pieces.Weight.Freeze();
        projections = [.. Enumerable.Range(0, 3).Select(i =>
            Add($"projections.{i}", new Linear(config.PieceSize, C, hasBias: i == 0, standardDeviation: 0.05)))];
        learnt = Add("learnt", new Embedding(config.VocabularySize, C));
        endings = Add("endings", new Embedding(WordEnding.Count, C));
        shapes = Add("shapes", new Embedding(WordShape.Count, C));
        norm = Add("norm", new LayerNorm(C, 1e-5));
        root = AddParameter("root", Initial.Normal([C], 0.5));
        layers = [.. Enumerable.Range(0, config.Layers).Select(i =>
            Add($"layers.{i}", new Lstm(i == 0 ? C : 2 * config.StateSize, config.StateSize)))];
    }

    /// <summary>The table of pieces, (V, piece size), which the caller fills.</summary>
    public Parameter Pieces => pieces.Weight;

    /// <inheritdoc/>
    public override long Width => 2 * config.StateSize;

    /// <inheritdoc/>
    public override Tensor Forward(ParserInput input)
    {
        using var scope = TensorScope.Begin();
        var (B, W, C) = (input.WordShapes.Size(0), input.WordShapes.Size(1), config.WordSize);
        var own = learnt.Forward(input.WordPieces.Select(2, 0)); // (B, W, C)
        if (IsTraining && config.WordDropout > 0)
            own = own * Tensors.RandomUniform([B, W, 1]).GreaterThan(config.WordDropout).To(ScalarType.Float32);
        var x = own + shapes.Forward(input.WordShapes)
            + endings.Forward(input.WordEndings.Select(2, 0)) + endings.Forward(input.WordEndings.Select(2, 1));
        var given = pieces.Forward(input.WordPieces); // (B, W, 3, piece size)
        for (var i = 0; i < 3; i++)
            x = x + projections[i].Forward(given.Select(2, i));
        x = TensorShape.Concatenate(1, root.Value.Reshape(1, 1, C).Expand(B, 1, C), norm.Forward(x)); // (B, 1 + W, C)
        foreach (var layer in layers)
            x = layer.Forward(DropPlaces(x));
        return scope.Return(x); // (B, 1 + W, 2 · state)
    }

    private Tensor DropPlaces(Tensor x) => IsTraining && config.Dropout > 0
        ? x * Tensors.Ones([x.Size(0), 1, x.Size(2)]).Dropout(config.Dropout, training: true)
        : x;
}
