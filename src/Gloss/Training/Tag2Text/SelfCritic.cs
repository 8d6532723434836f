using Gloss.Data;
using Gloss.Evaluation;
using Gloss.Models.Generation;
using Gloss.Models.Tag2Text;
using Gloss.Torch;

namespace Gloss.Training.Tag2Text;

/// <summary>
/// Self-critical training (Rennie et al., "Self-critical Sequence Training for Image Captioning", CVPR 2017) with the
/// mean of a picture's other draws as the baseline (Luo, "A Better Variant of Self-Critical Sequence Training", 2020).
/// </summary>
internal sealed class SelfCritic
{
    private readonly Tag2TextTokens tokens;
    private readonly GenerationOptions generation;
    private readonly CiderReward reward;

    /// <summary>A critic of the training pictures' captions.</summary>
    /// <param name="tokens">How captions become tokens.</param>
    /// <param name="generation">Limits on lengths; all else about drawing is plain sampling.</param>
    /// <param name="captions">The references of each example.</param>
    public SelfCritic(Tag2TextTokens tokens, GenerationOptions generation, IEnumerable<IReadOnlyList<string>> captions)
    {
        this.tokens = tokens;
        this.generation = generation with { TopK = 0, TopP = 1, SamplingRepetitionPenalty = 1 };
        reward =
            new CiderReward([.. captions.AsParallel().AsOrdered().Select(c => c.Select(PtbTokenizer.Clean).ToArray())]);
    }

    /// <summary>
    /// Draws captions, scores them, and gives the loss whose gradient makes the better ones likelier, with the mean
    /// reward.
    /// </summary>
    /// <param name="model">The model; draws and is learned without dropout.</param>
    /// <param name="imageTokens">Image tokens (B, N, C).</param>
    /// <param name="guides">Token ids of the tags that guide each picture's captions.</param>
    /// <param name="examples">The pictures' numbers among the references.</param>
    /// <param name="samples">Captions of each picture, at least 2.</param>
    /// <param name="seed">Of the draws.</param>
    public (Tensor Loss, double Reward) Loss(Tag2TextModel model, Tensor imageTokens, int[][] guides, int[] examples,
        int samples, ulong seed)
    {
        using var scope = TensorScope.Begin();
        var device = imageTokens.Device;
        model.Train(false);
        var (guideIds, guideMask) = TokenTensors.Pad(guides, tokens.PaddingId, model.Config.TagTokens, device);
        var context = model.EncodeTags(guideIds, guideMask, imageTokens); // (B, T, hidden)
        var texts = NucleusSampling.Run(model.TextDecoder, context.Detach().RepeatInterleave(samples, 0),
            tokens.Prompt, generation,
            unchecked((int)seed));
        var rewards = texts.AsParallel().AsOrdered()
            .Select((text, i) => reward.Score(examples[i / samples], PtbTokenizer.Clean(tokens.DecodeCaption(text))))
                .ToArray();

        // A text shorter than the limit was ended by the model.
        int[][] ended =
            [.. texts.Select(text => text.Length < generation.MaxLength ? [.. text, tokens.Prompt.End] : text)];
        var (ids, mask) = TokenTensors.Pad(ended, tokens.PaddingId, device: device);
        var prompt = tokens.Prompt.Prompt.Count;
        var logs = model.TextDecoder.LogProbabilities(ids, mask, TokenTensors.Labels(ids, mask, prompt), context);
        model.Train();

        var advantages = ended.SelectMany((text, i) =>
            Enumerable.Repeat(Advantage(rewards, i, samples), text.Length - prompt)).ToArray();
        var loss = -(logs * Tensor.FromData(advantages, advantages.Length).To(device))
            .Sum() / (double)advantages.Length;
        return (scope.Return(loss), rewards.Average());
    }

    /// <summary>A draw's reward above the mean of the other draws of its picture.</summary>
    internal static float Advantage(double[] rewards, int draw, int samples)
    {
        var sum = rewards.AsSpan(draw / samples * samples, samples).ToArray().Sum();
        return (float)(rewards[draw] - (sum - rewards[draw]) / (samples - 1));
    }
}
