using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gloss.Data;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Models.EfficientNet;
using Gloss.Torch;
using Gloss.Torch.Inference;
using ImageEncoder = Gloss.Models.ImageEncoder;

namespace Gloss.Training.Tag2Text;

/// <summary>
/// Runs an image encoder over files, as fast as it goes without gradients, and caches what comes out: its tokens, or
/// the map of one of its stages, from which the stages that learn go on.
/// </summary>
/// <param name="encoder">The encoder.</param>
/// <param name="preprocessing">How it wants its pixels.</param>
/// <param name="device">Where it computes.</param>
/// <param name="frozenStages">Features are the map of this stage of an EfficientNet-Lite; null: the encoder's
/// tokens.</param>
internal sealed class EncoderFeatures(ImageEncoder encoder, Preprocessing preprocessing, Device device = default,
    int? frozenStages = null)
    : IDisposable
{
    private const int BatchSize = 32;
    private readonly ImageDecoder decoder = new();
    private ConvolutionPlan? plan;

    /// <summary>Side of the picture that the encoder takes, in pixels.</summary>
    public long ImageSize => encoder.ImageSize;

    private int Size => (int)ImageSize;

    /// <summary>The whole picture at the encoder's size.</summary>
    public RgbImage Whole(PictureSource picture) => preprocessing.Fit(picture.Decode(decoder), Size);

    /// <summary>A random view of the picture at the encoder's size.</summary>
    public RgbImage Augmented(PictureSource picture, TrainingAugmentation augmentation, SeededGenerator generator) =>
        (augmentation with { Size = new ImageSize(Size, Size) }).Apply(picture.Decode(decoder), generator);

    /// <summary>Tokens (B, tokens, width) of pictures of the encoder's size.</summary>
    public Tensor Encode(IReadOnlyList<RgbImage> images)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(encoder.Forward(Pixels(images)));
    }

    /// <summary>Features to tokens (B, tokens, width), with gradients for the stages that are not frozen.</summary>
    public Tensor Tokens(Tensor features) =>
        frozenStages is { } stage ? ((EfficientNetLite)encoder).ForwardFrom(stage, features) : features;

    /// <summary>Pictures as the encoder takes them, (B, 3, S, S).</summary>
    public Tensor Pixels(IReadOnlyList<RgbImage> images) =>
        PixelTensors.Normalize(images, preprocessing.Mean, preprocessing.Deviation, device);

    /// <summary>
    /// Features of <paramref name="views"/> views of each picture: the first the whole picture, the second mirrored,
    /// the others drawn. View v of picture i is row v · pictures + i.
    /// </summary>
    public FeatureCache Cache(string folder, string name, PictureSource[] pictures, int views,
        TrainingAugmentation augmentation, Action<string>? report)
    {
        var identity = Identity(pictures, views, augmentation);
        var path = Path.Combine(folder, $"{name}-{identity[..16]}.safetensors");
        var (places, width) = frozenStages is { } stage && ((EfficientNetLite)encoder)
            .StageShape(stage) is var (side, channels)
            ? (side * side, channels) : ((int)encoder.TokenCount, (int)encoder.Width);
        var cache = FeatureCache.OpenOrBuild(path, identity, pictures.Length * views, places, width,
            (start, count) => Compute(Enumerable.Range(start, count)
                .Select(row => View(pictures[row % pictures.Length], row / pictures.Length, augmentation, row))),
            new Progress(done => report?.Invoke($"features of {name}: {done}/{pictures.Length * views}")),
            rowsAtATime: BatchSize);
        plan?.Dispose();
        plan = null;
        return cache;
    }

    /// <summary>
    /// Tokens (pictures, tokens, width) of whole pictures, by the encoder's present weights; the caller owns them.
    /// </summary>
    public Tensor Compute(PictureSource[] pictures)
    {
        plan?.Dispose();
        plan = null;
        using var scope = TensorScope.Begin();
        var parts = pictures.Chunk(BatchSize)
            .Select(part => Tokens(Compute(part.Select(picture => (Func<RgbImage>)(() => Whole(picture)))))).ToArray();
        return TensorScope.Detach(TensorShape.Concatenate(0, parts));
    }

    /// <inheritdoc/>
    public void Dispose() => plan?.Dispose();

    private Func<RgbImage> View(PictureSource picture, int view, TrainingAugmentation augmentation, int seed) =>
        view switch
    {
        0 => () => Whole(picture),
        1 => () => AugmentOperations.Flip(Whole(picture)),
        _ => () => Augmented(picture, augmentation, new SeededGenerator((ulong)seed)),
    };

    private Tensor Compute(IEnumerable<Func<RgbImage>> views)
    {
        var images = views.AsParallel().AsOrdered().Select(view => view()).ToArray();
        using var noGradient = GradientMode.None();
        using var scope = TensorScope.Begin();
        plan ??= PictureEncoder.PlanOf(encoder, preprocessing, device, frozenStages)?.Build(threads: Engine.Threads);
        if (plan is null && frozenStages is { } stage)
            return scope.Return(((EfficientNetLite)encoder).Stages(Pixels(images))[stage].Flatten(2).Transpose(1, 2)
                .Contiguous());
        if (plan is null)
            return scope.Return(encoder.Forward(Pixels(images)));

        var output = plan.Outputs[0];
        var map = new float[images.Length * output.Length];
        plan.Run(images.SelectMany(i => i.Pixels).ToArray(), images.Length, map);
        var places = Tensor.FromData(map, images.Length, output.Height * output.Width, output.Channels);
        if (frozenStages is not null)
            return scope.Return(places);
        return scope.Return(TensorShape.Concatenate(1, places.Mean([1], keep: true), places));
    }

    private string Identity(PictureSource[] pictures, int views, TrainingAugmentation augmentation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
        Add(
            $"{Size} {views} {(frozenStages is { } stage ? $"{stage} " : "")}{JsonSerializer.Serialize(preprocessing)} "
            + $"{(views > 2 ? JsonSerializer.Serialize(augmentation) : "")}");
        foreach (var picture in pictures)
        {
            var file = new FileInfo(picture.Packed?.Archive ?? picture.Path);
            Add(
                $"{picture.Path} {picture.Packed?.Offset} "
                + $"{(file.Exists ? $"{file.Length} {file.LastWriteTimeUtc.Ticks}" : "")}");
        }
        foreach (var (name, tensor) in encoder.State()
            .Where(w => frozenStages is not { } stages || ((EfficientNetLite)encoder).IsWithin(w.Key, stages)))
        {
            Add(name);
            hash.AppendData(tensor.ToBytes());
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed class Progress(Action<int> report) : IProgress<int>
    {
        public void Report(int value)
        {
            if (value % (BatchSize * 10) == 0)
                report(value);
        }
    }
}
