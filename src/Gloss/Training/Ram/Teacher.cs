using System.Security.Cryptography;
using System.Text;
using Gloss.Data;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Models.Bert;
using Gloss.Models.Clip;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Training.Ram;

/// <summary>
/// Embeds texts, and pictures where it can, for the families that learn from them. What it computes is cached in files,
/// named by the weights and the texts that it comes from.
/// </summary>
internal abstract class Teacher : IDisposable
{
    private const int TextsAtATime = 512;

    /// <summary>Width of an embedding.</summary>
    public abstract long Width { get; }

    /// <summary>Its image encoder, which gives one token, with what it does to pixels; null: it has none.</summary>
    public virtual (Models.ImageEncoder Encoder, Preprocessing Preprocessing)? Images => null;

    /// <summary>Hash of the weights and the vocabulary.</summary>
    protected abstract string Identity { get; }

    /// <summary>The teacher that the options name.</summary>
    public static Teacher Open(TeacherOptions options) => options.Clip is { } clip
        ? new ClipTeacher(clip, options.ClipMerges!)
        : new SentenceTeacher(options.TextTower!, options.TextVocabulary!);

    /// <summary>Embeddings (M, C) of texts, of length 1; the caller owns them.</summary>
    public abstract Tensor Embed(IReadOnlyList<string> texts);

    /// <summary>Embeddings of all texts, one row each, out of the cache.</summary>
    public FeatureCache EmbedAll(string folder, string name, IReadOnlyList<string> texts, Action<string>? report)
    {
        var identity = IdentityOf(texts);
        return Cache(folder, name, identity, texts.Count, TextsAtATime, report, ScalarType.Float16,
            (start, count) => Embed([.. texts.Skip(start).Take(count)]));
    }

    /// <summary>
    /// For each group of sentences the mean of their embeddings, of length 1: (K, C), float32; the caller owns it.
    /// </summary>
    public Tensor MeanOfGroups(string folder, string name, IReadOnlyList<IReadOnlyList<string>> groups,
        Action<string>? report)
    {
        using var cache = Cache(folder, name, IdentityOf(groups.SelectMany(g => g.Prepend($"\n{g.Count}"))),
            groups.Count, 8, report, ScalarType.Float32,
            (start, count) =>
            {
                using var scope = TensorScope.Begin();
                var some = groups.Skip(start).Take(count).ToArray();
                var all = Embed([.. some.SelectMany(g => g)]);
                var first = 0;
                var rows = some.Select(group =>
                {
                    var row = all.Narrow(0, first, group.Count).Mean([0]).Normalize();
                    first += group.Count;
                    return row;
                }).ToArray();
                return scope.Return(TensorShape.Stack(0, rows));
            });
        using var scope = TensorScope.Begin();
        return scope.Return(cache.Read(0, groups.Count).Squeeze(1));
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Hash of files' bytes.</summary>
    protected static string HashOf(params string[] paths)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in paths)
        {
            using var stream = File.OpenRead(path);
            hash.AppendData(SHA256.HashData(stream));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private FeatureCache Cache(string folder, string name, string identity, int count, int atATime,
        Action<string>? report, ScalarType type,
        Func<int, int, Tensor> embed) => FeatureCache.OpenOrBuild(
            Path.Combine(folder, $"{name}-{identity[..16]}.safetensors"), identity, count, 1, (int)Width,
            (start, rows) =>
            {
                using var scope = TensorScope.Begin();
                report?.Invoke($"embeddings of {name}: {start}/{count}");
                return scope.Return(embed(start, rows).Unsqueeze(1));
            }, type: type, rowsAtATime: atATime);

    private string IdentityOf(IEnumerable<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(Identity));
        foreach (var text in texts)
            hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed class ClipTeacher : Teacher
    {
        private static readonly Preprocessing pixels = new()
        {
            Mean = [0.48145466f * 255, 0.4578275f * 255, 0.40821073f * 255],
            Deviation = [0.26862954f * 255, 0.26130258f * 255, 0.27577711f * 255],
            Filter = ResizeFilter.Bicubic,
        };

        private readonly ClipModel model;
        private readonly ClipTokenizer tokenizer;
        private readonly ClipImageTokens images;

        public ClipTeacher(string checkpoint, string merges)
        {
            Identity = HashOf(checkpoint, merges);
            tokenizer = ClipTokenizer.Load(merges);
            using var scope = TensorScope.Begin();
            using var file = CheckpointFile.Open(checkpoint);
            var tensors = file.Flatten();
            model = new ClipModel(ClipConfig.FromShapes(tensors.ToDictionary(t => t.Key, t => t.Value.Shape)));
            model.Load(tensors.ToDictionary(t => t.Key, t => t.Value.Read()),
                mayIgnore: name => name is "input_resolution" or "context_length" or "vocab_size");
            model.Train(false);
            foreach (var (_, parameter) in model.NamedParameters())
                parameter.Freeze();
            images = new ClipImageTokens(model);
        }

        public override long Width => model.Config.EmbeddingSize;

        public override (Models.ImageEncoder Encoder, Preprocessing Preprocessing)? Images => (images, pixels);

        protected override string Identity { get; }

        public override Tensor Embed(IReadOnlyList<string> texts)
        {
            using var noGradient = GradientMode.None();
            return TagSentences.EmbedTexts(model, tokenizer, texts);
        }

        public override void Dispose() => images.Dispose();
    }

    // CLIP's embedding of a picture as the one token of an image encoder; owns the model.
    private sealed class ClipImageTokens : Models.ImageEncoder
    {
        private readonly ClipModel model;

        public ClipImageTokens(ClipModel model) => this.model = Add("clip", model);

        public override long Width => model.Config.EmbeddingSize;

        public override long ImageSize => model.Config.ImageSize;

        public override long TokenCount => 1;

        public override Tensor Forward(Tensor pixels)
        {
            using var noGradient = GradientMode.None();
            using var scope = TensorScope.Begin();
            return scope.Return(model.EncodeImages(pixels).Unsqueeze(1)); // (B, 1, C)
        }
    }

    private sealed class SentenceTeacher(string folder, string vocabulary) : Teacher
    {
        private readonly SentenceEncoder encoder = SentenceEncoder.Open(folder, WordPieceTokenizer.Load(vocabulary));

        public override long Width => encoder.Width;

        protected override string Identity { get; } = HashOf(SentenceEncoder.WeightsOf(folder), vocabulary);

        public override Tensor Embed(IReadOnlyList<string> texts) => encoder.Embed(texts);

        public override void Dispose() => encoder.Dispose();
    }
}
