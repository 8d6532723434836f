using Gloss.Models.Bert;
using Gloss.Models.Layers;
using Gloss.Text.Parsing;
using Gloss.Torch;

namespace Gloss.Models.Parsing;

/// <summary>
/// A BERT over word pieces; a word is its first piece, the root is [CLS]. Difference to BERT: a vector for how the word
/// is written is added behind the tables, because the pieces are lower-case.
/// </summary>
public sealed class BertWordEncoder : WordEncoder
{
    private const double Hidden = -10000;
    private readonly Embedding shapes;

    /// <summary>An encoder of the config's sizes.</summary>
    public BertWordEncoder(BertConfig config)
    {
        Bert = Add("bert", new BertModel(config));
        shapes = Add("shapes", new Embedding(WordShape.Count, config.HiddenSize));
        using var noGradient = GradientMode.None();
        shapes.Weight.Value.ZeroInPlace();
    }

    /// <summary>The BERT.</summary>
    public BertModel Bert { get; }

    /// <inheritdoc/>
    public override long Width => Bert.Config.HiddenSize;

    /// <inheritdoc/>
    public override Tensor Forward(ParserInput input)
    {
        using var scope = TensorScope.Begin();
        var (B, T) = (input.Pieces.Size(0), input.Pieces.Size(1));
        var mask = (1.0 - input.PieceMask.To(ScalarType.Float32).Reshape(B, 1, 1, T)) * Hidden;
        var x = Bert.Embeddings.Forward(input.Pieces) + shapes.Forward(input.PieceShapes); // (B, T, C)
        foreach (var layer in Bert.Layers)
            x = layer.Forward(x, layer.ProjectSelf(x), mask, null);
        var words = input.FirstPieces.Size(1);
        return scope.Return(x.Gather(1, input.FirstPieces.Unsqueeze(-1).Expand(B, words, Width))); // (B, 1 + W, C)
    }
}
