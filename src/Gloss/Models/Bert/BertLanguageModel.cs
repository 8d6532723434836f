using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Bert;

/// <summary>A BERT stack that predicts the next token; the output table is the word table.</summary>
public sealed class BertLanguageModel : Module
{
    private readonly Linear transform;
    private readonly LayerNorm norm;
    private readonly Parameter bias;

    /// <summary>A model of the config's sizes.</summary>
    public BertLanguageModel(BertConfig config)
    {
        Bert = Add("bert", new BertModel(config));
        transform = Add("cls.predictions.transform.dense", new Linear(config.HiddenSize, config.HiddenSize));
        norm = Add("cls.predictions.transform.LayerNorm", new LayerNorm(config.HiddenSize, config.LayerNormEpsilon));
        bias = Add("cls.predictions", new TiedBias(config.VocabularySize)).Bias;
    }

    /// <summary>The stack.</summary>
    public BertModel Bert { get; }

    /// <summary>Hidden states (…, C) to logits (…, V).</summary>
    public Tensor Logits(Tensor hidden)
    {
        using var scope = TensorScope.Begin();
        var x = norm.Forward(transform.Forward(hidden).Gelu());
        return scope.Return(x.Linear(Bert.Embeddings.Words.Weight.Value, bias.Value));
    }

    /// <summary>
    /// Cross entropy of each next token: ids (B, T) and labels (B, T), int64, where a label of -100 does not count
    /// (the label of a position is the token that stands there; the shift by one happens here).
    /// </summary>
    public Tensor Loss(Tensor ids, Tensor mask, Tensor labels, Tensor? context, double labelSmoothing)
    {
        using var scope = TensorScope.Begin();
        var (logits, targets) = Predict(ids, mask, labels, context);
        return scope.Return(logits.CrossEntropy(targets, labelSmoothing: labelSmoothing));
    }

    /// <summary>
    /// Log-probability of each token whose label counts, row after row, (counted), float32; arguments as of
    /// <see cref="Loss"/>.
    /// </summary>
    public Tensor LogProbabilities(Tensor ids, Tensor mask, Tensor labels, Tensor? context)
    {
        using var scope = TensorScope.Begin();
        var (logits, targets) = Predict(ids, mask, labels, context);
        return scope.Return(logits.To(ScalarType.Float32).LogSoftmax(1).Gather(1, targets.Unsqueeze(1)).Select(1, 0));
    }

    // Logits (counted, V) and targets (counted) of the positions that count; only these are projected onto the
    // vocabulary.
    private (Tensor Logits, Tensor Targets) Predict(Tensor ids, Tensor mask, Tensor labels, Tensor? context)
    {
        using var scope = TensorScope.Begin();
        var T = ids.Size(1);
        var hidden = Bert.Decode(ids, mask, context).Narrow(1, 0, T - 1); // (B, T-1, C)
        var targets = labels.Narrow(1, 1, T - 1).Reshape(-1);
        var counted = targets.NotEqualTo(-100L);
        return (scope.Return(Logits(hidden.Reshape(-1, hidden.Size(2)).Index(counted))),
            scope.Return(targets.Index(counted)));
    }

    /// <summary>The output bias, which published checkpoints hold under two names.</summary>
    private sealed class TiedBias : Module
    {
        public TiedBias(long vocabularySize) => Bias = AddParameter("bias", Tensors.Zeros([vocabularySize]));

        public Parameter Bias { get; }
    }
}
