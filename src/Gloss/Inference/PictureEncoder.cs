using Gloss.Data;
using Gloss.Images;
using Gloss.Models;
using Gloss.Models.EfficientNet;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Inference;

/// <summary>
/// Pictures to the image tokens that a model's other parts look at. On the processor an EfficientNet-Lite runs as a
/// convolution plan (batch norms folded, weights packed), all else through libtorch. Borrows the model; the plan holds a
/// copy of its weights. Not for several threads at once.
/// </summary>
public sealed class PictureEncoder : IDisposable
{
    private readonly TaggingModel model;
    private readonly Preprocessing preprocessing;
    private readonly InferencePrecision precision;
    private readonly ConvolutionPlan? plan;
    private byte[] pixels = [];
    private float[] map = [];

    /// <summary>Packs what can be packed.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="preprocessing">How it wants its pixels.</param>
    /// <param name="precision">In what numbers the encoder computes.</param>
    /// <param name="threads">Threads inside the plan; at least 1.</param>
    public PictureEncoder(TaggingModel model, Preprocessing preprocessing, InferencePrecision precision = InferencePrecision.Float32,
        int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        this.model = model;
        this.preprocessing = preprocessing;
        this.precision = ProcessorPrecision.Resolve(precision);
        Size = (int)model.VisualEncoder.ImageSize;
        if (model.VisualEncoder is EfficientNetLite network && model.Device.Type == DeviceType.Cpu && OneDnn.IsAvailable
            && preprocessing.Mean.All(m => m == EfficientNetLitePlan.Mean) && preprocessing.Deviation.All(d => d == EfficientNetLitePlan.Deviation))
        {
            plan = EfficientNetLitePlan.Describe(network, EfficientNetLitePlan.Head).Build(
                this.precision == InferencePrecision.BFloat16 ? ConvolutionPrecision.BFloat16 : ConvolutionPrecision.Float32, threads);
        }
    }

    /// <summary>Side of the pictures that <see cref="Encode"/> takes.</summary>
    public int Size { get; }

    /// <summary>A picture made as large as the encoder takes it.</summary>
    public RgbImage Fit(RgbImage image) => preprocessing.Fit(image, Size);

    /// <summary>Pictures of <see cref="Size"/> to tokens (B, N, <see cref="TaggingModel.TokenWidth"/>); the caller owns them.</summary>
    public Tensor Encode(IReadOnlyList<RgbImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        if (plan is null)
        {
            using var products = precision == InferencePrecision.BFloat16 ? Precision.BFloat16() : null;
            var input = PixelTensors.Normalize(images, preprocessing.Mean, preprocessing.Deviation, model.Device); // (B, 3, S, S)
            return scope.Return(model.EncodeImages(input).To(ScalarType.Float32));
        }
        var (output, length) = (plan.Outputs[0], 3 * Size * Size);
        if (pixels.Length < images.Count * length)
            (pixels, map) = (new byte[images.Count * length], new float[images.Count * output.Length]);
        for (var i = 0; i < images.Count; i++)
        {
            if (images[i].Width != Size || images[i].Height != Size)
                throw new ArgumentException($"picture {i} is {images[i].Width} x {images[i].Height}, expected {Size} x {Size}", nameof(images));
            images[i].Pixels.CopyTo(pixels, i * length);
        }
        plan.Run(pixels.AsSpan(0, images.Count * length), images.Count, map);
        var places = Tensor.FromData<float>(map.AsSpan(0, images.Count * output.Length), images.Count,
            output.Height * output.Width, output.Channels); // (B, h · w, C)
        var tokens = TensorShape.Concatenate(1, places.Mean([1], keep: true), places);
        return scope.Return(model.ProjectTokens(tokens));
    }

    /// <inheritdoc/>
    public void Dispose() => plan?.Dispose();
}
