using System.Collections.Concurrent;
using Gloss.Images;
using Gloss.Search;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>
/// Keeps a catalogue up to date with folders: files whose size and time have not changed are skipped, moved ones are
/// known again by their content, the rest goes through the model, and each batch is committed as it is done. Stopped or
/// killed at any moment, the next run goes on from the last batch.
/// </summary>
public sealed class PictureIndexer : IDisposable
{
    private readonly Catalogue catalogue;
    private readonly Func<LoadedModel> open;
    private readonly ImageRecognizerOptions options;
    private Work? work;

    /// <summary>An indexer.</summary>
    /// <param name="catalogue">Borrowed; its model has been chosen (<see cref="Describe"/>,
    /// <see cref="Catalogue.UseModel"/>).</param>
    /// <param name="open">Opens that model, which the indexer then owns; called once there is something to look
    /// at.</param>
    /// <param name="options">How the model is asked; captions are made where
    /// <see cref="ImageRecognizerOptions.HasCaption"/> says so.</param>
    public PictureIndexer(Catalogue catalogue, Func<LoadedModel> open, ImageRecognizerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        ArgumentNullException.ThrowIfNull(open);
        (this.catalogue, this.open, this.options) = (catalogue, open, options ?? new ImageRecognizerOptions());
        this.options.Validate();
    }

    /// <summary>A model as a catalogue knows it; its weights are not read.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="floor">Scores above this are kept, 0–1; null: above half of the lowest threshold.</param>
    public static CatalogueModel Describe(ModelFolder folder, float? floor = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var config = folder.Config;
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Folder));
        var tags = folder.ReadTags();
        return new CatalogueModel
        {
            Identity = PictureEmbedder.CatalogueIdentity(folder), Name = Path.GetFileName(path), Folder = path,
            Tags = tags, Threshold = config.Threshold, DeletedTags = config.DeletedTags, 
            Floor = floor ?? tags.Select(tag => tag.Threshold ?? config.Threshold).Append(config.Threshold).Min() / 2,
        };
    }

    /// <summary>Brings the catalogue up to date with folders and files.</summary>
    /// <param name="paths">Folders, with all below them, and single files.</param>
    /// <param name="report">Counts what is done.</param>
    /// <param name="progress">Is told the number of files seen.</param>
    /// <param name="mayBeMissing">Whether a path that is not there and was never known is no fault: it may have come
    /// and gone.</param>
    /// <param name="cancellationToken">Stops after the batch that is being worked on.</param>
    public void Run(IReadOnlyList<string> paths, IndexReport report, IProgress<int>? progress = null,
        bool mayBeMissing = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(report);
        using var scanned = catalogue.OpenAgain();
        using var pending = new FolderScan(scanned, options.HasCaption, report, mayBeMissing)
            .Run(paths, cancellationToken).GetEnumerator();
        // A run that finds nothing new needs no model.
        if (!pending.MoveNext())
            return;
        work ??= new Work(open(), options);
        var waiting = new ConcurrentQueue<PendingPicture>();
        var writer = new CatalogueWriter(catalogue);
        foreach (var batch in work.Recognizer.ReadBatches(Files(pending, waiting), cancellationToken))
        {
            // A file that has gone meanwhile is none that cannot be read: the next run sees.
            var looked = work.Look(batch, waiting);
            writer.Save([.. looked.Where(item => item.Error?.Fault != ImageFault.Missing)
                .Select(item => item.Picture)]);
            foreach (var (picture, error) in looked)
            {
                if (error is null)
                    report.Done(picture.Pending.IsKnown);
                else
                    report.Fail(error.Message);
            }
            progress?.Report((int)report.SeenCount);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => work?.Dispose();

    private static IEnumerable<ImageFile> Files(IEnumerator<PendingPicture> pending,
        ConcurrentQueue<PendingPicture> waiting)
    {
        do
        {
            waiting.Enqueue(pending.Current);
            yield return new ImageFile(pending.Current.File.Path);
        }
        while (pending.MoveNext());
    }

    // The model at work, with all that is asked of it.
    private sealed class Work : IDisposable
    {
        private readonly LoadedModel model;
        private readonly PictureEmbedder embedder;
        private readonly ImageRecognizerOptions options;

        public Work(LoadedModel model, ImageRecognizerOptions options)
        {
            (this.model, this.options) = (model, options);
            try
            {
                embedder = PictureEmbedder.Of(model);
                Recognizer = new ImageRecognizer(model, options);
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }

        public ImageRecognizer Recognizer { get; }

        public List<(IndexedPicture Picture, ImageException? Error)> Look(PictureBatch batch,
            ConcurrentQueue<PendingPicture> waiting)
        {
            var (count, tags, width) = (batch.Images.Count, Recognizer.Predictor.Vocabulary.Count, embedder.Width);
            float[] scores = [], embeddings = [];
            string[] captions = [];
            if (count > 0)
            {
                using var tokens = Recognizer.Encode(batch);
                scores = Recognizer.TagProbabilities(tokens);
                embeddings = embedder.EmbedPictures(tokens);
                if (options.HasCaption)
                {
                    captions = Recognizer.Captions(tokens, [.. Enumerable.Range(0, count)
                        .Select(i => Recognizer.Predictor.GuidingTags(scores.AsSpan(i * tags, tags),
                            options.GuideThreshold))]);
                }
            }
            var (results, image) = (new List<(IndexedPicture Picture, ImageException? Error)>(batch.Items.Count), 0);
            foreach (var (item, size) in batch.Items)
            {
                if (!waiting.TryDequeue(out var pending))
                    throw new InvalidOperationException("more pictures came back than were sent");
                if (item.Image is null)
                {
                    results.Add((new IndexedPicture(pending) { Error = item.Error!.Message }, item.Error));
                    continue;
                }
                results.Add((new IndexedPicture(pending)
                {
                    Width = size.Width, Height = size.Height, Scores = scores.AsMemory(image * tags, tags),
                    Embedding = embeddings.AsMemory(image * width, width), Look = PictureLook.Of(item.Image),
                    Caption = options.HasCaption ? captions[image] : null,
                }, null));
                image++;
            }
            return results;
        }

        public void Dispose()
        {
            Recognizer.Dispose();
            model.Dispose();
        }
    }
}
