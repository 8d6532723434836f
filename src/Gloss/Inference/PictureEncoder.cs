using Gloss.Data;
using Gloss.Images;
using Gloss.Models;
using Gloss.Models.EfficientNet;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Inference;

/// <summary>
/// Pictures to the image tokens that a model's other parts look at. On the processor an EfficientNet-Lite runs as a
/// convolution plan (batch norms folded, weights packed), all else through libtorch. Borrows the model; the plan holds
/// a copy of its weights. Not for several threads at once.
/// </summary>
public sealed class PictureEncoder : IDisposable
{
    private readonly TaggingModel model;
    private readonly Preprocessing preprocessing;
    private readonly ConvolutionPlan? plan;
    private byte[] pixels = [];
    private float[] map = [];

    /// <summary>Packs what can be packed.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="preprocessing">How it wants its pixels.</param>
    /// <param name="precision">In what numbers the encoder computes.</param>
    /// <param name="threads">Threads inside the plan; at least 1.</param>
    /// <param name="ranges">What <see cref="InferencePrecision.Int8"/> needs.</param>
    /// <exception cref="ArgumentException">8 bits are asked for, and there are no ranges or no plan to use
    /// them.</exception>
    public PictureEncoder(TaggingModel model, Preprocessing preprocessing,
        InferencePrecision precision = InferencePrecision.Float32,
        int threads = 1, ActivationRanges? ranges = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        this.model = model;
        this.preprocessing = preprocessing;
        var builder = PlanOf(model.VisualEncoder, preprocessing, model.Device);
        Precision = ProcessorPrecision.Resolve(precision, model.Device, builder is not null && ranges is not null);
        if (Precision == InferencePrecision.Int8 && !(builder is null ? HasByteLayers(model) : ranges is not null))
        {
            throw new ArgumentException("the image encoder cannot be computed in 8 bits · " + (builder is not null
                ? "the model's config has no encoder_ranges"
                : model.VisualEncoder is EfficientNetLite
                    ? "an EfficientNet-Lite can on the processor, with oneDNN and its own normalisation of pictures"
                : "a transformer can on a processor with AVX-512 and VNNI") + " · hint: another precision",
                    nameof(precision));
        }
        Size = (int)model.VisualEncoder.ImageSize;
        plan = builder?.Build(Precision switch
        {
            InferencePrecision.Int8 => ConvolutionPrecision.Int8,
            InferencePrecision.BFloat16 => ConvolutionPrecision.BFloat16,
            _ => ConvolutionPrecision.Float32,
        }, threads, ranges);
    }

    /// <summary>In what numbers it computes; never <see cref="InferencePrecision.Auto"/>.</summary>
    public InferencePrecision Precision { get; }

    /// <summary>Side of the pictures that <see cref="Encode"/> takes.</summary>
    public int Size { get; }

    /// <summary>
    /// Until it is disposed, linear layers of the other parts compute in <see cref="Precision"/> too; null where they
    /// compute in float32: beside convolutions in 8 bits the parts that read them do.
    /// </summary>
    public Gloss.Torch.Precision? Products() => Precision switch
    {
        InferencePrecision.BFloat16 => Gloss.Torch.Precision.BFloat16(model.Device),
        InferencePrecision.Int8 when plan is null => Gloss.Torch.Precision.Int8(),
        _ => null,
    };

    /// <summary>A picture made as large as the encoder takes it.</summary>
    public RgbImage Fit(RgbImage image) => preprocessing.Fit(image, Size);

    /// <summary>
    /// Pictures of <see cref="Size"/> to tokens (B, N, <see cref="TaggingModel.TokenWidth"/>); the caller owns them.
    /// </summary>
    public Tensor Encode(IReadOnlyList<RgbImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        if (plan is null)
        {
            using var products = Products();
            // (B, 3, S, S)
            var input = PixelTensors.Normalize(images, preprocessing.Mean, preprocessing.Deviation, model.Device);
            return scope.Return(model.EncodeImages(input).To(ScalarType.Float32));
        }
        var (output, length) = (plan.Outputs[0], 3 * Size * Size);
        if (pixels.Length < images.Count * length)
            (pixels, map) = (new byte[images.Count * length], new float[images.Count * output.Length]);
        for (var i = 0; i < images.Count; i++)
        {
            if (images[i].Width != Size || images[i].Height != Size)
                throw new ArgumentException(
                    $"picture {i} is {images[i].Width} x {images[i].Height}, expected {Size} x {Size}", nameof(images));
            images[i].Pixels.CopyTo(pixels, i * length);
        }
        plan.Run(pixels.AsSpan(0, images.Count * length), images.Count, map);
        var places = Tensor.FromData<float>(map.AsSpan(0, images.Count * output.Length), images.Count,
            output.Height * output.Width, output.Channels); // (B, h · w, C)
        var tokens = TensorShape.Concatenate(1, places.Mean([1], keep: true), places);
        return scope.Return(model.ProjectTokens(tokens));
    }

    /// <summary>
    /// Measures between what values an encoder's results lie on some pictures, in float32.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="preprocessing">How it wants its pixels.</param>
    /// <param name="pictures">Pictures of the kind that will come; some dozens are enough.</param>
    /// <returns>What 8 bits need; null where the encoder has no convolution plan.</returns>
    public static ActivationRanges? MeasureRanges(TaggingModel model, Preprocessing preprocessing,
        IReadOnlyList<RgbImage> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        if (PlanOf(model.VisualEncoder, preprocessing, model.Device) is not { } builder || pictures.Count == 0)
            return null;
        var size = (int)model.VisualEncoder.ImageSize;
        var pixels = pictures.AsParallel().AsOrdered()
            .Select(picture => preprocessing.Fit(picture, size).Pixels).ToArray();
        return builder.MeasureRanges(pixels.SelectMany(p => p).ToArray(), pictures.Count);
    }

    /// <inheritdoc/>
    public void Dispose() => plan?.Dispose();

    // Whether the encoder's linear layers, which were prepared for inference, can be of 8-bit numbers.
    private static bool HasByteLayers(TaggingModel model) =>
        model.VisualEncoder is not EfficientNetLite && model.Device.Type == DeviceType.Cpu && OneDnn.HasByteLinear;

    /// <summary>
    /// The encoder as a plan that gives its head's map, or a stage's; null where none can compute it.
    /// </summary>
    internal static ConvolutionPlanBuilder? PlanOf(Models.ImageEncoder encoder, Preprocessing preprocessing,
        Device device, int? stage = null) =>
        encoder is EfficientNetLite network && device.Type == DeviceType.Cpu && OneDnn.IsAvailable
            && preprocessing.Mean.All(m => m == EfficientNetLitePlan.Mean)
            && preprocessing.Deviation.All(d => d == EfficientNetLitePlan.Deviation)
                ? EfficientNetLitePlan.Describe(network, stage is null ? EfficientNetLitePlan.Head : $"stage{stage}")
                    : null;
}
