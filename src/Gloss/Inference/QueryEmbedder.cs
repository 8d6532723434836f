using Gloss.Images;
using Gloss.Search;

namespace Gloss.Inference;

/// <summary>
/// Puts what is looked for into the space of a catalogue's embeddings; opens the catalogue's model when it is first
/// needed.
/// </summary>
public sealed class QueryEmbedder : IDisposable
{
    private readonly Catalogue catalogue;
    private readonly Func<ModelFolder> find;
    private readonly Func<LoadedModel> open;
    private readonly ImageRecognizerOptions options;
    private ModelFolder? folder;
    private LoadedModel? model;

    /// <summary>An embedder.</summary>
    /// <param name="catalogue">Borrowed.</param>
    /// <param name="find">Finds the model's folder.</param>
    /// <param name="open">Opens that model, which this object then owns.</param>
    /// <param name="options">How pictures are decoded and computed.</param>
    public QueryEmbedder(Catalogue catalogue, Func<ModelFolder> find, Func<LoadedModel> open,
        ImageRecognizerOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        ArgumentNullException.ThrowIfNull(find);
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(options);
        (this.catalogue, this.find, this.open, this.options) = (catalogue, find, open, options);
    }

    /// <summary>
    /// A text's embedding, computed without libtorch; null where the catalogue's model has no text side.
    /// </summary>
    /// <exception cref="CatalogueException">The model is another one than the catalogue's.</exception>
    public float[]? Text(string text)
    {
        if (!PictureEmbedder.EmbedsTextOf(catalogue.RequireModel()))
            return null;
        folder ??= find();
        if (!TextTower.CanRun(folder.Config))
            return PictureEmbedder.Of(Model()).EmbedText(text);
        // Whether it is the right model takes as long to tell, by the hash of its files, as to compute.
        var embedding = Task.Run(() => TextTower.Embed(folder, text));
        try
        {
            CheckIdentity(folder);
        }
        finally
        {
            Task.WaitAny(embedding);
        }
        return embedding.GetAwaiter().GetResult();
    }

    /// <summary>The embedding of a picture that need not be in the catalogue.</summary>
    /// <exception cref="ImageException">It cannot be read.</exception>
    /// <exception cref="CatalogueException">The model is another one than the catalogue's.</exception>
    public float[] Picture(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var recognizer = new ImageRecognizer(Model(), options);
        var picture = new ImageDecoder(options.Decoder).Decode(path);
        using var tokens = recognizer.Encode([recognizer.Fit(picture)]);
        return PictureEmbedder.Of(Model()).EmbedPictures(tokens);
    }

    /// <summary>
    /// Ranks the first of a search's results anew by matching: the model looks at each picture again, with its tags,
    /// and says how well the text fits (<see cref="TextAligner.Match"/>). What cannot be read keeps its score; the rest
    /// follows as it was.
    /// </summary>
    /// <param name="results">What a search found, the best first.</param>
    /// <param name="text">The text that was looked for.</param>
    /// <param name="count">How many of them.</param>
    /// <param name="cancellationToken">Stops between pictures.</param>
    public IReadOnlyList<SearchResult> Rerank(IReadOnlyList<SearchResult> results, string text, int count,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(results);
        var weight = (float)new RetrievalOptions().MatchWeights[0];
        using var recognizer = new ImageRecognizer(Model(), options);
        var (aligner, decoder) = (new TextAligner(Model().Predictor), new ImageDecoder(options.Decoder));
        var again = new List<SearchResult>();
        foreach (var result in results.Take(count))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var picture = recognizer.Fit(decoder.Decode(result.Picture.Path));
                using var tokens = recognizer.Encode([picture]);
                using var context = aligner.Context(tokens, [[.. result.Picture.Tags.Select(tag => tag.Name)]]);
                again.Add(result with { Score = result.Score + (weight * aligner.Match(context, [text])[0]) });
            }
            catch (ImageException)
            {
                // Gone since it was indexed: the next gloss index says so.
                again.Add(result);
            }
        }
        return [.. again.OrderByDescending(result => result.Score), .. results.Skip(count)];
    }

    /// <inheritdoc/>
    public void Dispose() => model?.Dispose();

    private LoadedModel Model()
    {
        if (model is not null)
            return model;
        folder ??= find();
        CheckIdentity(folder);
        return model = open();
    }

    private void CheckIdentity(ModelFolder folder)
    {
        var expected = catalogue.RequireModel();
        if (PictureEmbedder.CatalogueIdentity(folder) is var identity && identity != expected.Identity)
        {
            throw new CatalogueException(
                $"the model is another one than the catalogue's · {folder.Folder} · expected {expected.Name} ({expected.Identity[..12]}), " +
                $"got {identity[..12]} · hint: --model names the catalogue's; gloss index --renew gives the catalogue "
                + $"to this one");
        }
    }
}
