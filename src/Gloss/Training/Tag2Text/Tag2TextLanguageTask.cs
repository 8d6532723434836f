using Gloss.Data;
using Gloss.Images;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Text.Mining;
using Gloss.Torch;

namespace Gloss.Training.Tag2Text;

/// <summary>
/// Teaches the text side of Tag2Text to write captions from tags alone, from captions without their pictures: where
/// those are plentiful and pictures few, the model then has only the pictures left to learn. Not in the paper. The
/// picture's place is held by one token of zeros.
/// </summary>
public sealed class Tag2TextLanguageTask : TrainingTask
{
    private readonly Tag2TextLanguageOptions options;
    private readonly Tag2TextModel model;
    private readonly Tag2TextTokens tokens;
    private readonly TagVocabulary tags;
    private readonly List<Caption[]> train;
    private readonly List<Caption[]> val;

    /// <summary>Reads and mines the captions, builds the model, and loads what it starts from.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="seed">Of the weights' initial values, and of which captions stand together.</param>
    /// <param name="device">Where it learns.</param>
    public Tag2TextLanguageTask(Tag2TextLanguageOptions options, ulong seed, Device device = default)
    {
        this.options = options;
        tags = TagVocabulary.Load(options.Tags);
        var vocabulary = WordPieceTokenizer.Load(options.Vocabulary, [Tag2TextTokens.Decode, Tag2TextTokens.Encode]);
        var config = options.Model with { Tags = tags.Count, VocabularySize = vocabulary.VocabularySize };
        tokens = new Tag2TextTokens(vocabulary, config);
        var miner = new TagMiner(tags);
        train = Together(options.Captions.SelectMany(path => Read(path, "train", miner)).ToList(), seed);
        val = Together(Read(options.Data, "val", miner).ToList(), seed);
        if (train.Count == 0 || val.Count == 0)
        {
            throw new DatasetException($"{string.Join(", ", options.Captions)}; {options.Data} · "
                + $"expected {options.CaptionsTogether} captions or more to learn and as many to measure");
        }
        Engine.Seed(seed);
        model = new Tag2TextModel(config);
        if (options.Start is { } start)
            Tag2TextStart.Load(model, start);
        if (options.TextTower is { } tower)
            Tag2TextStart.LoadTextTower(model, tower, options.TextVocabulary, vocabulary, tags);
        foreach (var (name, parameter) in model.NamedParameters())
        {
            if (name.Split('.')[0] is not ("tag_encoder" or "text_decoder"))
                parameter.Freeze();
        }
        model.To(device);
    }

    /// <inheritdoc/>
    public override Module Model => model;

    /// <summary>Groups of <see cref="Tag2TextLanguageOptions.CaptionsTogether"/> captions.</summary>
    public override int ExampleCount => train.Count;

    /// <inheritdoc/>
    public override object Prepare(ReadOnlySpan<int> exampleIds, ulong seed)
    {
        var captions = new List<Caption>();
        foreach (var id in exampleIds)
            captions.AddRange(train[id]);
        return Guided(captions, seed);
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Losses(object batch) =>
        new Dictionary<string, Tensor> { ["loss"] = Loss((Batch)batch, options.LabelSmoothing) };

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellationToken)
    {
        using var inference = GradientMode.Inference();
        var sum = 0.0;
        for (var i = 0; i < val.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            sum += Loss(Guided(val[i], (ulong)i), labelSmoothing: 0).ToDouble();
        }
        return new Dictionary<string, double> { ["perplexity"] = Math.Exp(sum / val.Count) };
    }

    private Tensor Loss(Batch batch, double labelSmoothing)
    {
        using var scope = TensorScope.Begin();
        var device = model.Labels.Value.Device;
        var picture = model.NoImage(batch.Guides.Length);
        var (guides, guideMask) = TokenTensors.Pad(batch.Guides, tokens.PaddingId, model.Config.TagTokens, device);
        var (ids, mask) = TokenTensors.Pad(batch.Captions, tokens.PaddingId, device: device);
        var labels = TokenTensors.Labels(ids, mask, tokens.Prompt.Prompt.Count);
        return scope.Return(model.TextDecoder.Loss(ids, mask, labels, model.EncodeTags(guides, guideMask, picture),
            labelSmoothing));
    }

    private Batch Guided(IReadOnlyList<Caption> captions, ulong seed)
    {
        var generator = new SeededGenerator(seed);
        var guides = captions.Select(caption =>
        {
            var ids = generator.NextBool(options.EntryGuides) ? caption.EntryTags : caption.Tags;
            var rate = generator.NextDouble(0, options.TagDropout);
            var kept = ids.Where(_ => !generator.NextBool(rate)).ToArray();
            return tokens.EncodeTags(generator.Shuffle(kept).Select(id => tags[id].Name));
        });
        return new Batch([.. captions.Select(c => c.Ids)], [.. guides]);
    }

    // Captions of about equal length together, so that little is padded; equal lengths in a random order.
    private List<Caption[]> Together(List<Caption> captions, ulong seed) =>
        new SeededGenerator(seed).Shuffle([.. captions]).OrderBy(c => c.Ids.Length).Chunk(options.CaptionsTogether)
            .Where(group => group.Length == options.CaptionsTogether).ToList();

    private ParallelQuery<Caption> Read(string path, string split, TagMiner miner) => CaptionReader.Read(path)
        .Where(entry => entry.Split is null || entry.Split == split).AsParallel().AsOrdered().SelectMany(entry =>
        {
            var mined = entry.Captions.Select(miner.MineIds).ToArray();
            int[] all = [.. mined.SelectMany(t => t).Distinct().Order()];
            return entry.Captions.Select((text, i) => new Caption(
                tokens.EncodeCaption(CaptionCleaner.Blip(text), options.MaxCaptionTokens), mined[i], all));
        });

    private sealed record Caption(int[] Ids, int[] Tags, int[] EntryTags);

    private sealed record Batch(int[][] Captions, int[][] Guides);
}
