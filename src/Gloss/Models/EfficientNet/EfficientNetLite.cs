using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.EfficientNet;

/// <summary>
/// EfficientNet-Lite: EfficientNet (Tan and Le, ICML 2019) without squeeze-excite, with ReLU6 and with unscaled stem
/// and head. Parameter names are those of the PyTorch conversion by ML Illustrated (package efficientnet_lite_pytorch
/// 0.1.0). Input is (pixel − 127) / 128.
/// </summary>
public sealed class EfficientNetLite : ImageEncoder
{
    private const double Epsilon = 1e-3;
    private const double Momentum = 0.01;
    private readonly EfficientNetLiteConfig config;
    private readonly ConvolutionNorm stem;
    private readonly ConvolutionNorm? head;
    private readonly MobileBlock[] blocks;
    private readonly Linear? classifier;

    /// <summary>A network of the config's sizes.</summary>
    public EfficientNetLite(EfficientNetLiteConfig config) : this(config, hasHead: true)
    {
    }

    /// <summary>A network that ends with its last stage where it has no head: a trunk for other models.</summary>
    internal EfficientNetLite(EfficientNetLiteConfig config, bool hasHead)
    {
        this.config = config;
        stem = Pair("_conv_stem", "_bn0", 3, EfficientNetLiteConfig.StemChannels, 3, 2);
        var sizes = config.Blocks().ToArray();
        blocks = sizes.Select((size, i) =>
            Add($"_blocks.{i}", new MobileBlock(size, config.DropPath * i / sizes.Length))).ToArray();
        TrunkWidth = sizes[^1].Output;
        if (hasHead)
            head = Pair("_conv_head", "_bn1", TrunkWidth, EfficientNetLiteConfig.HeadChannels, 1, 1);
        classifier = config.Classes is { } classes
            ? Add("_fc", new Linear(EfficientNetLiteConfig.HeadChannels, classes)) : null;
        var side = (config.ImageSize + 31) / 32;
        TokenCount = side * side + 1;
    }

    /// <inheritdoc/>
    public override long Width => EfficientNetLiteConfig.HeadChannels;

    /// <inheritdoc/>
    public override long ImageSize => config.ImageSize;

    /// <inheritdoc/>
    public override long TokenCount { get; }

    /// <summary>Channels of the last stage, before the head.</summary>
    public long TrunkWidth { get; }

    /// <summary>Keeps the statistics of all batch normalisations as they are, in training too.</summary>
    public void FreezeStatistics(bool isFrozen = true)
    {
        foreach (var item in ConvolutionNorms())
            item.Norm.IsFrozen = isFrozen;
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor pixels)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(Tokens(Trunk(pixels)));
    }

    /// <summary>(B, 3, H, W) to the last stage's (B, TrunkWidth, H / 32, W / 32), sizes rounded up.</summary>
    public Tensor Trunk(Tensor pixels) => Stages(pixels)[^1];

    /// <summary>(B, 3, H, W) to the stem's map and those of the seven stages.</summary>
    public Tensor[] Stages(Tensor pixels)
    {
        using var scope = TensorScope.Begin();
        var x = stem.Forward(pixels, hasActivation: true);
        var maps = new List<Tensor> { x };
        for (var i = 0; i < blocks.Length; i++)
        {
            x = blocks[i].Forward(x);
            if (i + 1 == blocks.Length || blocks[i + 1].Stage != blocks[i].Stage)
                maps.Add(x);
        }
        return maps.Select(scope.Return).ToArray();
    }

    /// <summary>Number of stages that can be taken apart: the stem belongs to the first.</summary>
    internal const int StageCount = 7;

    /// <summary>
    /// The rest of <see cref="Forward"/>: the map of stage <paramref name="stage"/> (1 to 7) as places (B, h · w,
    /// channels) to tokens.
    /// </summary>
    internal Tensor ForwardFrom(int stage, Tensor places)
    {
        using var scope = TensorScope.Begin();
        var (side, channels) = StageShape(stage);
        var x = places.Reshape(places.Size(0), side, side, channels).Permute(0, 3, 1, 2);
        foreach (var block in blocks.Where(b => b.Stage >= stage))
            x = block.Forward(x);
        return scope.Return(Tokens(x));
    }

    /// <summary>
    /// Side and channels of the map of stage <paramref name="stage"/> (1 to 7) for pictures of the config's size.
    /// </summary>
    internal (int Side, int Channels) StageShape(int stage)
    {
        var side = (config.ImageSize + 1) / 2;
        foreach (var block in blocks.Where(b => b.Stage < stage))
            side = (side + block.Size.Stride - 1) / block.Size.Stride;
        return (side, blocks.Last(b => b.Stage < stage).Size.Output);
    }

    /// <summary>
    /// Whether a parameter or statistic belongs to the stem or to one of the first <paramref name="stages"/> stages.
    /// </summary>
    internal bool IsWithin(string name, int stages)
    {
        var parts = name.Split('.');
        return parts[0] is "_conv_stem" or "_bn0"
            || (parts[0] == "_blocks" && blocks[int.Parse(parts[1])].Stage < stages);
    }

    /// <summary>The head's map (B, 1280, h, w) of the last stage's.</summary>
    public Tensor Head(Tensor trunk) => head?.Forward(trunk, hasActivation: true)
        ?? throw new InvalidOperationException("the network was built without a head");

    /// <summary>The last stage's map (B, TrunkWidth, h, w) to tokens (B, 1 + h · w, 1280), their mean first.</summary>
    public Tensor Tokens(Tensor trunk)
    {
        using var scope = TensorScope.Begin();
        var places = Head(trunk).Flatten(2).Transpose(1, 2); // (B, h·w, 1280)
        return scope.Return(TensorShape.Concatenate(1, places.Mean([1], keep: true), places));
    }

    /// <summary>Logits (B, classes) of a network with a classifier.</summary>
    public Tensor Classify(Tensor pixels)
    {
        using var scope = TensorScope.Begin();
        if (classifier is null)
            throw new InvalidOperationException("the network was built without a classifier");
        return scope.Return(classifier.Forward(Head(Trunk(pixels)).Mean([2, 3])));
    }

    /// <summary>The sizes it was built with.</summary>
    internal EfficientNetLiteConfig Config => config;

    /// <summary>All convolutions with their folded normalisation, in the order of the network.</summary>
    internal IEnumerable<ConvolutionNorm> ConvolutionNorms() =>
        [stem, .. blocks.SelectMany(b => b.Steps), .. head is null ? Array.Empty<ConvolutionNorm>() : [head]];

    /// <summary>The blocks in order.</summary>
    internal IReadOnlyList<MobileBlock> Blocks => blocks;

    private ConvolutionNorm Pair(string convolution, string norm, long input, long output, long kernel, long stride) =>
        new(
        Add(convolution, new Convolution(input, output, kernel, stride, hasBias: false)),
        Add(norm, new BatchNorm(output, Epsilon, Momentum)));

    /// <summary>An inverted residual block: expand, depthwise, project (Sandler et al., CVPR 2018).</summary>
    internal sealed class MobileBlock : Module
    {
        private readonly ConvolutionNorm? expand;
        private readonly ConvolutionNorm depthwise;
        private readonly ConvolutionNorm project;
        private readonly DropPath dropPath;

        public MobileBlock(MobileBlockConfig size, double drop)
        {
            Size = size;
            var inner = size.Input * size.Expansion;
            if (size.Expansion != 1)
                expand = Pair("_expand_conv", "_bn0", new Convolution(size.Input, inner, 1, hasBias: false));
            depthwise = Pair("_depthwise_conv", "_bn1",
                new Convolution(inner, inner, size.Kernel, size.Stride, groups: inner, hasBias: false));
            project = Pair("_project_conv", "_bn2", new Convolution(inner, size.Output, 1, hasBias: false));
            dropPath = Add("drop_path", new DropPath(drop));
        }

        public MobileBlockConfig Size { get; }

        public int Stage => Size.Stage;

        /// <summary>Expand (not in the first block), depthwise, project.</summary>
        public IEnumerable<ConvolutionNorm> Steps => expand is null
            ? [depthwise, project] : [expand, depthwise, project];

        public Tensor Forward(Tensor x)
        {
            using var scope = TensorScope.Begin();
            var y = expand is null ? x : expand.Forward(x, hasActivation: true);
            y = project.Forward(depthwise.Forward(y, hasActivation: true), hasActivation: false);
            return scope.Return(Size.IsResidual ? dropPath.Forward(y) + x : y);
        }

        private ConvolutionNorm Pair(string name, string norm, Convolution convolution) =>
            new(Add(name, convolution), Add(norm, new BatchNorm(convolution.Weight.Value.Size(0), Epsilon, Momentum)));
    }
}
