using Gloss.Losses;
using Gloss.Models.Tag2Text;
using Gloss.Torch;

namespace Gloss.Training.Tag2Text;

/// <summary>
/// What the alignment branch learns with, beside the model: momentum copies of both encoders, and the queues of their
/// embeddings with the numbers of the pictures they are of. It goes into checkpoints, so that a run resumes exactly.
/// </summary>
internal sealed class AlignmentLearner : Module
{
    private readonly AlignmentTrainingOptions options;
    private readonly Tag2TextModel? momentum;
    private readonly Parameter imageQueue;
    private readonly Parameter textQueue;
    private readonly Parameter owners;
    private readonly Parameter counts;

    /// <summary>Copies a model.</summary>
    public AlignmentLearner(Tag2TextModel model, AlignmentTrainingOptions options)
    {
        this.options = options;
        var width = Branch(model).Width;
        if (options.Momentum > 0)
        {
            momentum = Add("momentum", new Tag2TextModel(model.Config with { HasCaptions = true }));
            momentum.To(model.Device);
            momentum.Train(false);
            foreach (var (_, parameter) in momentum.NamedParameters())
                parameter.Freeze();
            using var scope = TensorScope.Begin();
            momentum.Load(model.State());
        }
        imageQueue = AddParameter("image_queue", Tensors.Zeros([options.Queue, width], device: model.Device),
            isTrainable: false);
        textQueue = AddParameter("text_queue", Tensors.Zeros([options.Queue, width], device: model.Device),
            isTrainable: false);
        owners = AddParameter("owners", Tensors.Full([options.Queue], -1f, device: model.Device), isTrainable: false);
        counts = AddParameter("counts", Tensors.Zeros([2]), isTrainable: false); // filled, steps
    }

    /// <summary>The momentum copy; the model itself where there is none.</summary>
    public Tag2TextModel Momentum(Tag2TextModel model) => momentum ?? model;

    /// <summary>Moves the momentum copies towards the model; before a step's losses.</summary>
    public void Follow(Tag2TextModel model)
    {
        if (momentum is null)
            return;
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        foreach (var (own, learned) in momentum.NamedParameters().Zip(model.NamedParameters()))
        {
            if (learned.Parameter.IsTrainable && IsEmbedding(own.Name))
                own.Parameter.Value.LerpInPlace(learned.Parameter.Value, 1 - options.Momentum);
        }
    }

    /// <summary>The contrast of a batch, whose embeddings then join the queues.</summary>
    /// <param name="model">The model.</param>
    /// <param name="imageTokens">Its image tokens (B, N, C).</param>
    /// <param name="momentumTokens">The momentum copy's image tokens; no gradient.</param>
    /// <param name="texts">A text of each picture: ids and mask (B, T).</param>
    /// <param name="pictures">The pictures' numbers.</param>
    /// <returns>The loss, and similarities (B, B) of pictures and texts divided by the temperature, without
    /// gradient.</returns>
    public (Tensor Loss, Tensor Similarities) Contrast(Tag2TextModel model, Tensor imageTokens, Tensor momentumTokens,
        (Tensor Ids, Tensor Mask) texts, int[] pictures)
    {
        using var scope = TensorScope.Begin();
        var branch = Branch(model);
        var images = branch.EmbedImages(imageTokens); // (B, W)
        var embedded = branch.EmbedTexts(texts.Ids, texts.Mask); // (B, W)
        var own = Tensor.FromData(pictures.Select(p => (float)p).ToArray()).To(imageTokens.Device);
        var (filled, steps) = Counts();
        Tensor imageCandidates, textCandidates, isOwn;
        if (momentum is null && filled == 0)
        {
            (imageCandidates, textCandidates) = (images, embedded);
            isOwn = own.Unsqueeze(1).EqualTo(own.Unsqueeze(0)).To(ScalarType.Float32);
        }
        else
        {
            using var noGradient = GradientMode.None();
            var other = Branch(Momentum(model));
            imageCandidates = TensorShape.Concatenate(0, other.EmbedImages(momentumTokens),
                imageQueue.Value.Narrow(0, 0, filled));
            textCandidates = TensorShape.Concatenate(0, other.EmbedTexts(texts.Ids, texts.Mask),
                textQueue.Value.Narrow(0, 0, filled));
            isOwn = own.Unsqueeze(1).EqualTo(TensorShape.Concatenate(0, own, owners.Value.Narrow(0, 0, filled))
                .Unsqueeze(0)).To(ScalarType.Float32);
        }
        var softness = momentum is null ? 0 : options.Softness
            * Math.Min(1, (steps + 1.0) / Math.Max(1, options.SoftnessSteps));
        var temperature = branch.Temperature;
        var loss = ImageTextContrast.Compute(images, embedded, imageCandidates, textCandidates, isOwn,
            temperature, softness);
        Enqueue(imageCandidates.Narrow(0, 0, pictures.Length), textCandidates.Narrow(0, 0, pictures.Length), own);
        var similarities = images.Detach().MatMul(embedded.Detach().Transpose(0, 1)) / temperature.Detach();
        return (scope.Return(loss), scope.Return(similarities));
    }

    /// <summary>
    /// The matching of a batch: each pair, each text with a hard negative picture, each picture with a hard negative
    /// text, drawn by their similarity (ALBEF, section 3.2).
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="texts">The texts, ids beginning with [ENC], and mask (B, T).</param>
    /// <param name="context">What the decoder sees of each picture (B, Tk, hidden).</param>
    /// <param name="similarities">(B, B), pictures by texts, divided by the temperature.</param>
    /// <param name="pictures">The pictures' numbers: texts of the same picture are no negatives.</param>
    public static Tensor Match(Tag2TextModel model, (Tensor Ids, Tensor Mask) texts, Tensor context,
        Tensor similarities, int[] pictures)
    {
        using var scope = TensorScope.Begin();
        var own = Tensor.FromData(pictures.Select(p => (float)p).ToArray()).To(context.Device);
        var isOther = own.Unsqueeze(1).EqualTo(own.Unsqueeze(0)).LogicalNot().To(ScalarType.Float32); // (B, B)
        var B = pictures.Length;
        var hasNegatives = isOther.Sum([1]).Min([0]).ToDouble() > 0;
        var (ids, mask, seen) = (texts.Ids, texts.Mask, context);
        if (hasNegatives)
        {
            var texts2 = Drawn(similarities.Softmax(1), isOther); // a text for each picture
            var pictures2 = Drawn(similarities.Transpose(0, 1).Softmax(1), isOther); // a picture for each text
            ids = TensorShape.Concatenate(0, ids, ids, ids.IndexSelect(0, texts2));
            mask = TensorShape.Concatenate(0, mask, mask, mask.IndexSelect(0, texts2));
            seen = TensorShape.Concatenate(0, seen, seen.IndexSelect(0, pictures2), seen);
        }
        var labels = Tensor.FromData(Enumerable.Range(0, (int)ids.Size(0)).Select(i => i < B ? 1L : 0L).ToArray())
            .To(context.Device);
        return scope.Return(Branch(model).Match(ids, mask, seen).To(ScalarType.Float32).CrossEntropy(labels));
    }

    private static AlignmentBranch Branch(Tag2TextModel model) =>
        model.Alignment ?? throw new InvalidOperationException("the model has no alignment branch");

    private static Tensor Drawn(Tensor probabilities, Tensor isOther) =>
        ((probabilities + 1e-4) * isOther).Multinomial(1).Select(1, 0);

    // What embeddings are made of; matching has no momentum copy.
    private static bool IsEmbedding(string name) => name.Split('.')[0] is "visual_encoder" or "image_proj"
        || (name.StartsWith("alignment.", StringComparison.Ordinal)
            && !name.StartsWith("alignment.itm_head", StringComparison.Ordinal));

    private (int Filled, int Steps) Counts()
    {
        var values = counts.Value.ToArray<float>();
        return ((int)values[0], (int)values[1]);
    }

    // The newest stand first.
    private void Enqueue(Tensor images, Tensor texts, Tensor own)
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        var (filled, steps) = Counts();
        var size = options.Queue;
        if (size > 0)
        {
            var kept = Math.Min(filled, Math.Max(0, size - (int)images.Size(0)));
            filled = Math.Min(size, kept + (int)images.Size(0));
            void Put(Parameter queue, Tensor newest)
            {
                var all = TensorShape.Concatenate(0, newest.Detach(), queue.Value.Narrow(0, 0, kept))
                    .Narrow(0, 0, filled);
                queue.Value.Narrow(0, 0, filled).CopyInPlace(all);
            }
            Put(imageQueue, images);
            Put(textQueue, texts);
            Put(owners, own);
        }
        counts.Value.CopyInPlace(Tensor.FromData([(float)filled, steps + 1f]));
    }
}
