using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Parsing;

/// <summary>
/// A graph-based parser: one encoder; tags from each word; every pair of words scored as head and dependent by a
/// biaffine form (Dozat and Manning 2017); relations told from both ends of an arc. Differences to the paper: tags are
/// learnt together with trees, a bias for the distance of head and dependent, relations by one hidden layer over the
/// sum of both ends instead of a form for each relation.
/// </summary>
public sealed class ParserNetwork : Module
{
    private readonly Linear tags;
    private readonly Linear dependent;
    private readonly Linear head;
    private readonly Linear arc;
    private readonly Parameter headBias;
    private readonly Parameter distances;
    private readonly Linear relationDependent;
    private readonly Linear relationHead;
    private readonly Linear relations;

    /// <summary>A network of the config's sizes.</summary>
    public ParserNetwork(ParserConfig config)
    {
        Config = config;
        Encoder = (config.Bert, config.Recurrent) switch
        {
            ({ } bert, null) => Add<WordEncoder>("encoder", new BertWordEncoder(bert)),
            (null, { } recurrent) => Add<WordEncoder>("encoder", new RecurrentEncoder(recurrent)),
            _ => throw new ArgumentException("a parser has one encoder · expected either bert or recurrent",
                nameof(config)),
        };
        var C = Encoder.Width;
        var deviation = Math.Sqrt(1.0 / C);
        tags = Add("tags", new Linear(C, config.Tags, standardDeviation: deviation));
        dependent = Add("dependent", new Linear(C, config.ArcSize, standardDeviation: deviation));
        head = Add("head", new Linear(C, config.ArcSize, standardDeviation: deviation));
        arc = Add("arc", new Linear(config.ArcSize, config.ArcSize, hasBias: false,
            standardDeviation: 1.0 / config.ArcSize));
        headBias = AddParameter("head_bias", Tensors.Zeros([config.ArcSize]));
        distances = AddParameter("distances", Tensors.Zeros([(2 * config.MaxDistance) + 1, 1]));
        relationDependent = Add("relation_dependent", new Linear(C, config.RelationSize, standardDeviation: deviation));
        relationHead = Add("relation_head",
            new Linear(C, config.RelationSize, hasBias: false, standardDeviation: deviation));
        relations = Add("relations",
            new Linear(config.RelationSize, config.Relations, standardDeviation: Math.Sqrt(1.0 / config.RelationSize)));
    }

    /// <summary>The sizes.</summary>
    public ParserConfig Config { get; }

    /// <summary>The encoder.</summary>
    public WordEncoder Encoder { get; }

    /// <summary>Vectors of the root and the words, (B, 1 + W, C), with dropout in training.</summary>
    public Tensor Encode(ParserInput input) => Encoder.Forward(input)
        .Dropout(Config.Dropout, IsTraining && Config.Dropout > 0);

    /// <summary>Scores of tags for words, (B, W, tags).</summary>
    public Tensor TagLogits(Tensor encoded) => tags.Forward(encoded.Narrow(1, 1, encoded.Size(1) - 1));

    /// <summary>
    /// Scores of heads, (B, W, 1 + W): for each word the root, then every word. Padding and the word itself are out of
    /// reach.
    /// </summary>
    public Tensor ArcLogits(Tensor encoded, ParserInput input)
    {
        using var scope = TensorScope.Begin();
        var (B, all) = (encoded.Size(0), encoded.Size(1));
        var W = all - 1;
        var heads = head.Forward(encoded).Relu(); // (B, 1 + W, A)
        var dependents = arc.Forward(dependent.Forward(encoded.Narrow(1, 1, W)).Relu()) + headBias.Value; // (B, W, A)
        var scores = dependents.MatMul(heads.Transpose(1, 2)); // (B, W, 1 + W)
        var bias = distances.Value.IndexSelect(0, DistanceRows(all, Config.MaxDistance)).Reshape(1, all, all)
            .Narrow(1, 1, W);
        var mask = TensorShape.Concatenate(1, Tensors.Ones([B, 1]), input.WordMask).Reshape(B, 1, all);
        var self = Tensors.Identity(all).Narrow(0, 1, W).Unsqueeze(0); // (1, W, 1 + W)
        return scope.Return(scores + bias + ((1.0 - mask) + self) * -10000.0);
    }

    /// <summary>
    /// Scores of relations for words with the given heads (B, W), int64, 0 the root: (B, W, relations).
    /// </summary>
    public Tensor RelationLogits(Tensor encoded, Tensor heads)
    {
        using var scope = TensorScope.Begin();
        var (B, W) = (heads.Size(0), heads.Size(1));
        var R = Config.RelationSize;
        var ofHeads = relationHead.Forward(encoded).Gather(1, heads.Unsqueeze(-1).Expand(B, W, R)); // (B, W, R)
        return scope.Return(relations.Forward((relationDependent.Forward(encoded.Narrow(1, 1, W)) + ofHeads).Relu()));
    }

    // For each pair of places (row, column) the row of a table of distances from -max to max, (W · W), int64.
    private static Tensor DistanceRows(long W, int max)
    {
        var rows = new long[W * W];
        for (var i = 0L; i < W; i++)
        {
            for (var j = 0L; j < W; j++)
                rows[(i * W) + j] = Math.Clamp(j - i, -max, max) + max;
        }
        return Tensor.FromData(rows);
    }
}
