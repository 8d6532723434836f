using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Tag2Text;

/// <summary>
/// What the classes of a pretrained classifier say of tags: their probabilities, times what each class counts for or
/// against each tag. An image tower has seen far more kinds of things than captions tell of; this keeps what it knew of
/// them. Not in the published model.
/// </summary>
public sealed class ClassEvidence : Module
{
    private readonly long classes;
    private readonly long tokenWidth;

    /// <summary>Evidence of classes; none for any tag before weights are loaded or learned.</summary>
    internal ClassEvidence(long encoderWidth, long tokenWidth, long classes, long tags)
    {
        (this.classes, this.tokenWidth) = (classes, tokenWidth);
        Classes = Add("classes", new Linear(encoderWidth, classes));
        Tags = Add("tags", new Linear(classes, tags, hasBias: false, standardDeviation: 0));
        RowCount = (classes + tokenWidth - 1) / tokenWidth;
    }

    /// <summary>The encoder's global token (B, encoder width) to logits of the classes.</summary>
    public Linear Classes { get; }

    /// <summary>Probabilities of the classes to what is added to the tags' logits.</summary>
    public Linear Tags { get; }

    /// <summary>Rows of image tokens that carry the probabilities.</summary>
    internal long RowCount { get; }

    /// <summary>
    /// The encoder's tokens (B, N, encoder width), of which the first is the global one, to the probabilities of the
    /// classes as <see cref="RowCount"/> rows as wide as image tokens, the last filled up with zeros.
    /// </summary>
    internal Tensor Rows(Tensor encoderTokens)
    {
        using var scope = TensorScope.Begin();
        using var precision = Precision.Full();
        var probabilities = Classes.Forward(encoderTokens.Select(1, 0).To(ScalarType.Float32)).Softmax(-1);
        var rest = Tensors.Zeros([probabilities.Size(0), (RowCount * tokenWidth) - classes],
            device: probabilities.Device);
        return scope.Return(TensorShape.Concatenate(1, probabilities, rest).Reshape(-1, RowCount, tokenWidth));
    }

    /// <summary>Image tokens that end with those rows to the probabilities (B, classes), float32.</summary>
    public Tensor Probabilities(Tensor imageTokens)
    {
        using var scope = TensorScope.Begin();
        var rows = imageTokens.Narrow(1, imageTokens.Size(1) - RowCount, RowCount).Contiguous();
        return scope.Return(rows.Reshape(-1, RowCount * tokenWidth).Narrow(1, 0, classes).To(ScalarType.Float32));
    }

    /// <summary>
    /// Image tokens that end with those rows to what is added to the tags' logits, (B, K); <paramref name="ids"/>
    /// (int64): only these tags.
    /// </summary>
    internal Tensor Forward(Tensor imageTokens, Tensor? ids)
    {
        using var scope = TensorScope.Begin();
        var probabilities = Probabilities(imageTokens);
        return scope.Return(ids is null ? Tags.Forward(probabilities)
            : probabilities.MatMul(Tags.Weight.Value.IndexSelect(0, ids).Transpose(0, 1)));
    }
}
