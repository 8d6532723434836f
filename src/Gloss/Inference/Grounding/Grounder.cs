using Gloss.Data;
using Gloss.Evaluation;
using Gloss.Images;
using Gloss.Models.GroundingDino;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Inference.Grounding;

/// <summary>
/// Finds what words name in pictures. A picture's features are computed once for all passes, a text's once for all
/// pictures. Borrows the model. Not for several threads at once.
/// </summary>
public sealed class Grounder : IDisposable
{
    // Half a megabyte each, at 256 tokens.
    private const int MostTexts = 256;
    private readonly LoadedGrounding loaded;
    private readonly GrounderOptions options;
    private readonly Dictionary<SubSentenceText, GroundingTextFeatures> texts = new(ReferenceEqualityComparer.Instance);

    /// <summary>A grounder over a model.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    public Grounder(LoadedGrounding loaded, GrounderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(loaded);
        this.loaded = loaded;
        this.options = options ?? new GrounderOptions();
        this.options.Validate();
    }

    private int MaxTokens => Math.Min(options.TokensPerPass ?? int.MaxValue, loaded.Model.Config.MaxTextTokens);

    /// <summary>Lays out tags for this model.</summary>
    /// <exception cref="ArgumentException">No tag is left.</exception>
    public GroundingTags Tags(IReadOnlyList<string> tags) => new(loaded.Tokenizer, tags, MaxTokens);

    /// <summary>Whether a tag has letters that the model reads, and no more than fit a pass.</summary>
    public bool Reads(string tag) => GroundingTags.Fault(loaded.Tokenizer, tag, MaxTokens, out _) is null;

    /// <summary>
    /// Where tags are in a picture: every box with every tag whose score is above the threshold, surest first, after
    /// suppression. Scores of a tag depend a little on the other tags of its pass.
    /// </summary>
    /// <param name="picture">The picture.</param>
    /// <param name="tags">What to find.</param>
    /// <param name="cancellationToken">Ends it between passes.</param>
    public IReadOnlyList<GroundedBox> Find(RgbImage picture, GroundingTags tags,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(tags);
        using var inference = GradientMode.Inference();
        using var precision = Products();
        using var scope = TensorScope.Begin();
        var features = Look(picture);
        MakeRoom(tags);
        var threshold = options.Threshold ?? loaded.Settings.Threshold;
        var found = new List<GroundedBox>();
        foreach (var pass in tags.Passes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = TensorScope.Begin();
            var (probabilities, boxes, T) = Ask(features, pass.Text);
            for (var tag = 0; tag < pass.Tags.Count; tag++)
            {
                var range = pass.Text.Phrases[tag];
                for (var query = 0; query < boxes.Length / 4; query++)
                {
                    var score = Score(probabilities, query * T, range);
                    if (score > threshold && ToPixels(boxes.AsSpan(4 * query, 4), picture) is { } box)
                        found.Add(new GroundedBox(pass.Tags[tag], tags.Names[pass.Tags[tag]], box, score));
                }
            }
        }
        // Equal scores keep the order of the tags.
        return Suppressed([.. found.OrderByDescending(b => b.Score)]);
    }

    /// <summary>
    /// Where phrases of a caption are: for each the boxes, surest first, at most <paramref name="most"/>, whatever
    /// their score; phrases behind the model's longest text have none.
    /// </summary>
    /// <param name="picture">The picture.</param>
    /// <param name="caption">What the model reads: phrases are understood in it.</param>
    /// <param name="spans">Start and end of each phrase in characters of the caption.</param>
    /// <param name="most">Most boxes of a phrase.</param>
    public IReadOnlyList<IReadOnlyList<GroundedBox>> FindPhrases(RgbImage picture, string caption,
        IReadOnlyList<(int Start, int End)> spans, int most) =>
        FindPhrases(picture, [(caption, spans)], most)[0];

    /// <summary>As above, for several captions of a picture, whose features are computed once.</summary>
    public IReadOnlyList<IReadOnlyList<IReadOnlyList<GroundedBox>>> FindPhrases(RgbImage picture,
        IReadOnlyList<(string Caption, IReadOnlyList<(int Start, int End)> Spans)> captions, int most)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(captions);
        using var inference = GradientMode.Inference();
        using var precision = Products();
        using var scope = TensorScope.Begin();
        var features = Look(picture);
        return [.. captions.Select(caption => Rank(picture, features, caption.Caption, caption.Spans, most))];
    }

    /// <summary>
    /// The box that a referring expression means, "the man on the left"; null where no box has an area.
    /// </summary>
    /// <exception cref="ArgumentException">The expression has no letters that the model reads, or is too
    /// long.</exception>
    public GroundedBox? FindPhrase(RgbImage picture, string phrase)
    {
        ArgumentNullException.ThrowIfNull(phrase);
        if (GroundingTags.Fault(loaded.Tokenizer, phrase, loaded.Model.Config.MaxTextTokens, out _) is { } fault)
            throw new ArgumentException($"no phrase to look for · {fault}", nameof(phrase));
        var trimmed = phrase.Trim().TrimEnd('.');
        return FindPhrases(picture, trimmed, [(0, trimmed.Length)], 1)[0] is [var best, ..] ? best : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var text in texts.Values)
            text.Dispose();
        texts.Clear();
    }

    private List<IReadOnlyList<GroundedBox>> Rank(RgbImage picture, GroundingImageFeatures features, string caption,
        IReadOnlyList<(int Start, int End)> spans, int most)
    {
        using var scope = TensorScope.Begin();
        var text = SubSentenceText.FromCaption(loaded.Tokenizer, caption, loaded.Model.Config.MaxTextTokens, spans);
        var (ids, mask, segments, positions) = TokenTensors.Pad([text], loaded.Tokenizer.PadId, loaded.Device);
        var (probabilities, boxes, T) = Ask(features, loaded.Model.EncodeText(ids, mask, segments, positions));
        var result = new List<IReadOnlyList<GroundedBox>>();
        for (var i = 0; i < spans.Count; i++)
        {
            var range = text.Phrases[i];
            var name = caption[spans[i].Start..spans[i].End];
            var ranked = Enumerable.Range(0, range.Count == 0 ? 0 : boxes.Length / 4)
                .Select(query => (query, Score: Score(probabilities, query * T, range)))
                .OrderByDescending(q => q.Score)
                .Select(q => (Box: ToPixels(boxes.AsSpan(4 * q.query, 4), picture), q.Score))
                    .Where(q => q.Box is not null).Take(most);
            result.Add([.. ranked.Select(q => new GroundedBox(i, name, q.Box!.Value, q.Score))]);
        }
        return result;
    }

    private Precision? Products() => options.Bf16 ? Precision.BFloat16(loaded.Device) : null;

    private GroundingImageFeatures Look(RgbImage picture)
    {
        var size = loaded.Settings.SizeFor(picture.Width, picture.Height);
        var preprocessing = loaded.Config.Preprocessing;
        var resized = size.Width == picture.Width && size.Height == picture.Height ? picture
            : ImageResizer.Resize(picture, size.Width, size.Height, preprocessing.Filter);
        using var pixels = PixelTensors.Normalize([resized], preprocessing.Mean, preprocessing.Deviation,
            loaded.Device);
        return loaded.Model.EncodeImages(pixels);
    }

    private (float[] Probabilities, float[] Boxes, int T) Ask(GroundingImageFeatures features, SubSentenceText text)
    {
        if (texts.TryGetValue(text, out var known))
            return Ask(features, known);
        using var scope = TensorScope.Begin();
        var (ids, mask, segments, positions) = TokenTensors.Pad([text], loaded.Tokenizer.PadId, loaded.Device);
        var encoded = loaded.Model.EncodeText(ids, mask, segments, positions);
        // Passes come in turn: of more than are kept, the first ones stay.
        if (texts.Count < MostTexts)
            texts[text] = encoded.Detach();
        return Ask(features, encoded);
    }

    // Texts of other lists are forgotten where these do not fit beside them.
    private void MakeRoom(GroundingTags tags)
    {
        var own = tags.Passes.Select(p => p.Text).ToHashSet<SubSentenceText>(ReferenceEqualityComparer.Instance);
        if (texts.Count + own.Count(text => !texts.ContainsKey(text)) <= MostTexts)
            return;
        foreach (var text in texts.Keys.Where(text => !own.Contains(text)).ToList())
        {
            texts.Remove(text, out var features);
            features!.Dispose();
        }
    }

    private (float[] Probabilities, float[] Boxes, int T) Ask(GroundingImageFeatures features,
        GroundingTextFeatures text)
    {
        using var scope = TensorScope.Begin();
        var output = loaded.Model.Forward(features, text).Last;
        return (output.Logits.To(ScalarType.Float32).Sigmoid().ToArray<float>(),
            output.Boxes.To(ScalarType.Float32).ToArray<float>(),
            (int)output.Logits.Size(2));
    }

    private static float Score(float[] probabilities, int row, TokenRange range)
    {
        var sum = 0f;
        for (var i = range.Start; i < range.End; i++)
            sum += probabilities[row + i];
        return sum / range.Count;
    }

    // Null where nothing of the box lies inside the picture.
    private static BoundingBox? ToPixels(ReadOnlySpan<float> box, RgbImage picture)
    {
        double Side(double at, int size) => Math.Clamp(at * size, 0, size);
        var (left, right) = (Side(box[0] - box[2] / 2.0, picture.Width), Side(box[0] + box[2] / 2.0, picture.Width));
        var (top, bottom) = (Side(box[1] - box[3] / 2.0, picture.Height), Side(box[1] + box[3] / 2.0, picture.Height));
        return right > left && bottom > top ? new BoundingBox(left, top, right - left, bottom - top) : null;
    }

    private GroundedBox[] Suppressed(GroundedBox[] boxes)
    {
        if (options.Suppression == Suppression.None)
            return [.. boxes.Take(options.MostBoxes)];
        var kept = BoxRules.Suppress([.. boxes.Select(b => b.Box)], [.. boxes.Select(b => (double)b.Score)],
            options.Suppression == Suppression.Class ? [.. boxes.Select(b => b.Tag)] : null,
            options.SuppressAbove ?? loaded.Settings.SuppressAbove);
        return [.. kept.Take(options.MostBoxes).Select(i => boxes[i])];
    }
}
