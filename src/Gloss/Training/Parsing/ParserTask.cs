using System.IO.Compression;
using System.Text.Json;
using Gloss.Data;
using Gloss.Models.Parsing;
using Gloss.Text;
using Gloss.Text.Parsing;
using Gloss.Torch;

namespace Gloss.Training.Parsing;

/// <summary>
/// Trains a parser of captions on treebanks: tags, heads and relations together, each by cross-entropy. Sentences of
/// one length make a group, which is the trainer's example.
/// </summary>
public sealed class ParserTask : TrainingTask
{
    private const int Unknown = -100;
    private readonly ParserTaskOptions options;
    private readonly ParserNetwork model;
    private readonly ParserLabels labels;
    private readonly List<ParserSentence[]> groups;
    private readonly List<IReadOnlyList<ConlluToken>> development;
    private readonly int classification;
    private readonly int separator;

    /// <summary>Reads the treebanks and builds the network.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="seed">Of the weights' initial values and of the groups.</param>
    /// <param name="report">Takes messages on slow preparations.</param>
    public ParserTask(ParserTaskOptions options, ulong seed, Action<string>? report = null)
    {
        this.options = options;
        report?.Invoke("reading treebanks");
        var gold = options.Treebanks.SelectMany(ConlluReader.Read).ToList();
        var silver = options.Silver.SelectMany(ConlluReader.Read).ToList();
        development = [.. ConlluReader.Read(options.Development)];
        var random = new Random(unchecked((int)seed));
        var learnt = TreebankAugmentation.Apply(gold, options.AugmentedShare, random);
        for (var repeat = 1; repeat < options.TreebankRepeats; repeat++)
            learnt.AddRange(TreebankAugmentation.Apply(gold, options.AugmentedShare, random));
        learnt.AddRange(SyntheticCaptions.Generate(options.SyntheticCaptions, unchecked((int)seed) + 1));
        learnt.AddRange(silver);
        if (gold.Count == 0 || development.Count == 0)
            throw new DatasetException(
                $"treebanks · expected sentences to learn from and to measure, got {gold.Count} and "
                + $"{development.Count}");

        var tower = WordPieceTokenizer.Load(options.TextVocabulary);
        labels = new ParserLabels(
            ChoosePieces(tower, learnt, options.Pieces),
            [.. gold.SelectMany(s => s).GroupBy(t => t.Tag).Where(g => g.Count() > 1).OrderByDescending(g => g.Count())
                .ThenBy(g => g.Key.ToString(), StringComparer.Ordinal).Select(g => g.Key)],
            [.. gold.SelectMany(s => s).GroupBy(t => t.Relation).Where(g => g.Count() > 1)
                .OrderByDescending(g => g.Count())
                .ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Key)]);
        (classification, separator) = (labels.Tokenizer.ClsId, labels.Tokenizer.SepId);

        Engine.Seed(seed);
        model = new ParserNetwork(options.Model with
        {
            Tags = labels.Tags.Count, Relations = labels.Relations.Count,
            Bert = options.Model.Bert is { } bert ? bert with { VocabularySize = labels.Pieces.Count } : null,
            Recurrent = options.Model.Recurrent is { } recurrent
                ? recurrent with { VocabularySize = labels.Pieces.Count } : null,
        });
        ParserStart.Load(model, options, tower, labels);
        groups = Group(learnt.Where(s => s.Count > 0 && s.Count <= options.MaxWords)
            .Where(s => TreeDecoder.IsTree([.. s.Select(t => t.Head - 1)])).Select(Encode).ToList(), random);
    }

    /// <inheritdoc/>
    public override Module Model => model;

    /// <summary>The network.</summary>
    public ParserNetwork Network => model;

    /// <summary>What its numbers mean.</summary>
    internal ParserLabels Labels => labels;

    /// <inheritdoc/>
    public override int ExampleCount => groups.Count;

    /// <inheritdoc/>
    public override string? BestMetric => "LAS";

    /// <inheritdoc/>
    public override IEnumerable<ParameterGroup> ParameterGroups(double weightDecay) =>
        model.NamedParameters().Where(p => p.Parameter.IsTrainable)
            .GroupBy(p => (IsBert: p.Name.StartsWith("encoder.bert.", StringComparison.Ordinal),
                Decays: p.Parameter.Value.Rank >= 2))
            .Select(group => new ParameterGroup
            {
                Parameters = group.ToList(),
                WeightDecay = group.Key.Decays ? weightDecay : 0,
                LearningRateFactor = group.Key.IsBert ? 1 : options.HeadLearningRate,
            });

    /// <inheritdoc/>
    public override object Prepare(ReadOnlySpan<int> exampleIds, ulong seed)
    {
        var batch = new List<ParserSentence[]>();
        foreach (var id in exampleIds)
            batch.Add(groups[id]);
        return batch;
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Losses(object batch)
    {
        Tensor? tags = null, heads = null, relations = null;
        var parts = (List<ParserSentence[]>)batch;
        foreach (var part in parts)
        {
            var (t, h, r) = Losses(part);
            (tags, heads, relations) = (tags is null ? t : tags + t, heads is null ? h : heads + h, relations is null
                ? r : relations + r);
        }
        var count = (double)parts.Count;
        return new Dictionary<string, Tensor>
        {
            ["loss"] = (tags! + heads! + relations!) / count, ["tags"] = tags! / count, ["heads"] = heads! / count,
            ["relations"] = relations! / count,
        };
    }

    private (Tensor Tags, Tensor Heads, Tensor Relations) Losses(ParserSentence[] sentences)
    {
        var input = ParserTensors.Input([.. sentences.Select(s => (s.Words, s.Shapes, s.Endings))],
            classification, separator);
        Tensor encoded;
        using (options.Bf16 ? Precision.BFloat16() : null)
            encoded = model.Encode(input).To(ScalarType.Float32);
        var heads = ParserTensors.Targets([.. sentences.Select(s => s.Heads)], Unknown);
        var gold = ParserTensors.Targets([.. sentences.Select(s => s.Heads)], 0);
        return (
            Loss(model.TagLogits(encoded), ParserTensors.Targets([.. sentences.Select(s => s.Tags)], Unknown)),
            Loss(model.ArcLogits(encoded, input), heads),
            Loss(model.RelationLogits(encoded, gold),
                ParserTensors.Targets([.. sentences.Select(s => s.Relations)], Unknown)));
    }

    private static Tensor Loss(Tensor logits, Tensor targets) =>
        logits.Reshape(-1, logits.Size(2)).CrossEntropy(targets.Reshape(-1), Unknown);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellationToken)
    {
        int words = 0, upos = 0, xpos = 0, uas = 0, las = 0;
        foreach (var (sentence, parse) in development.Zip(NetworkParser.Parse(model, labels,
            [.. development.Select(s => (IReadOnlyList<string>)[.. s.Select(t => t.Form)])], cancellationToken)))
        {
            for (var i = 0; i < sentence.Count; i++)
            {
                words++;
                upos += parse.Tags[i].Universal == sentence[i].Tag.Universal ? 1 : 0;
                xpos += parse.Tags[i].Penn == sentence[i].Tag.Penn ? 1 : 0;
                if (parse.Heads[i] + 1 != sentence[i].Head)
                    continue;
                uas++;
                las += parse.Relations[i] == sentence[i].Relation ? 1 : 0;
            }
        }
        double total = words;
        return new Dictionary<string, double> { ["UPOS"] = upos / total, ["XPOS"] = xpos / total, ["UAS"] = uas / total,
            ["LAS"] = las / total };
    }

    /// <summary>Writes the network (<c>model.safetensors</c>, <c>parser.json</c> with sizes and labels) and, for use
    /// without an engine, <c>parser.bin</c>.</summary>
    public override void SaveModel(string folder)
    {
        base.SaveModel(folder);
        AtomicFile.WriteText(Path.Combine(folder, "parser.json"), JsonSerializer.Serialize(new ParserFile(model.Config,
            [.. labels.Pieces], [.. labels.Tags.Select(t => t.ToString())], [.. labels.Relations])));
        if (model.Config.Recurrent is not null)
        {
            using var scope = TensorScope.Begin();
            AtomicFile.Write(Path.Combine(folder, "parser.bin"),
                stream => RecurrentExport.Make(model, labels).Save(stream, CompressionLevel.Optimal));
        }
    }

    private ParserSentence Encode(IReadOnlyList<ConlluToken> sentence) => new(
        [.. sentence.Select(t => labels.PiecesOf(t.Form))],
        [.. sentence.Select((t, i) => WordShape.Of(t.Form, i == 0))],
        [.. sentence.SelectMany(t => ParserLabels.EndingsOf(t.Form))],
        [.. sentence.Select(t => labels.TagIds.GetValueOrDefault(t.Tag, Unknown))],
        [.. sentence.Select(t => t.Head)],
        [.. sentence.Select(t => labels.RelationIds.GetValueOrDefault(t.Relation, Unknown))]);

    // Sentences in the order of their length, cut into groups of one length and so many words.
    private List<ParserSentence[]> Group(List<ParserSentence> sentences, Random random)
    {
        var order = sentences.ToArray();
        random.Shuffle(order);
        var result = new List<ParserSentence[]>();
        var group = new List<ParserSentence>();
        foreach (var sentence in order.OrderBy(s => s.Words.Length))
        {
            if (group.Count > 0 && (group[0].Words.Length != sentence.Words.Length
                || (group.Count + 1) * sentence.Words.Length > options.GroupWords))
            {
                result.Add([.. group]);
                group.Clear();
            }
            group.Add(sentence);
        }
        result.Add([.. group]);
        return result;
    }

    // The special pieces, all that the sentences need (twice at least), and the vocabulary's first, which are the most
    // frequent.
    private static List<string> ChoosePieces(WordPieceTokenizer tower,
        List<IReadOnlyList<ConlluToken>> sentences, int count)
    {
        var counts = new int[tower.VocabularySize];
        var known = new Dictionary<string, int[]>(StringComparer.Ordinal);
        foreach (var token in sentences.SelectMany(s => s))
        {
            if (!known.TryGetValue(token.Form, out var ids))
                known[token.Form] = ids = tower.Encode(token.Form);
            foreach (var id in ids)
                counts[id]++;
        }
        var first = new HashSet<int> { tower.PadId, tower.UnkId, tower.ClsId, tower.SepId, tower.MaskId };
        var ordered = Enumerable.Range(0, tower.VocabularySize).Where(id => !tower.IsSpecial(id))
            .Where(id => IsEnglish(tower.TokenOf(id))).OrderBy(id => counts[id] > 1 ? 0 : 1).ThenBy(id => id);
        foreach (var id in ordered)
        {
            if (first.Count >= count)
                break;
            first.Add(id);
        }
        return [.. first.Order().Select(tower.TokenOf)];
    }

    private static bool IsEnglish(string piece) =>
        !piece.StartsWith('[') && piece.All(c => c < '\u0180' || char.IsPunctuation(c) || char.IsSymbol(c));
}
