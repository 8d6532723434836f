// Grounding DINO: finds what words name, by fusing text into a DETR-like detector at every stage.
// Paper: Liu et al., "Grounding DINO: Marrying DINO with Grounded Pre-Training for Open-Set Object Detection", ECCV
// 2024. Reference code: github.com/IDEA-Research/GroundingDINO@856dde2,
// models/GroundingDINO/{groundingdino,transformer}.py. Differences: captions of a batch keep their own masks in the
// enhancer's text attention (the official code mixes them, the port in Hugging Face's transformers does not); pictures
// with fewer places than queries give fewer boxes; the fusion's products are ordered for few words and many places
// (FusionLayer).
using Gloss.Models.Bert;
using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>
/// Grounding DINO (Liu et al., 2024): pictures and texts to boxes with a logit for each token of the text.
/// </summary>
public sealed class GroundingDinoModel : Module
{
    private readonly MultiScaleBackbone backbone;
    private readonly BertModel bert;
    private readonly Linear textProjection;
    private readonly (Convolution Convolution, GroupNorm Norm)[] imageProjections;
    private readonly Parameter levelEmbedding;
    private readonly FusionLayer[] fusionLayers;
    private readonly TextEnhancerLayer[] textLayers;
    private readonly DeformableEncoderLayer[] encoderLayers;
    private readonly Linear memoryProjection;
    private readonly LayerNorm memoryNorm;
    private readonly Perceptron memoryBoxHead;
    private readonly Embedding contentQueries;
    private readonly Perceptron referenceHead;
    private readonly DecoderLayer[] decoderLayers;
    private readonly LayerNorm decoderNorm;
    private readonly Perceptron boxHead;
    private readonly ContrastiveHead contrastive;

    /// <summary>A model with random weights.</summary>
    /// <exception cref="ArgumentException">The configuration is wrong.</exception>
    public GroundingDinoModel(GroundingDinoConfig config)
    {
        var faults = config.Faults().ToList();
        if (faults.Count > 0)
            throw new ArgumentException($"the Grounding DINO configuration is wrong · {string.Join(" · ", faults)}",
                nameof(config));
        Config = config;
        var C = config.HiddenSize;
        backbone = Add("backbone.0", config.Backbone.BuildBackbone());
        bert = Add("bert", new BertModel(config.Text));
        textProjection = Add("feat_map",
            new Linear(config.Text.HiddenSize, C, standardDeviation: Initial.Xavier(config.Text.HiddenSize, C)));
        imageProjections = [.. Enumerable.Range(0, config.Levels).Select(i => (
            Add($"input_proj.{i}.0", i < config.BackboneLevels
                ? new Convolution(backbone.Channels[^(config.BackboneLevels - i)], C, 1)
                : new Convolution(i == config.BackboneLevels ? backbone.Channels[^1] : C, C, 3, stride: 2, padding: 1)),
            Add($"input_proj.{i}.1", new GroupNorm(config.NormGroups, C))))];
        levelEmbedding = AddParameter("transformer.level_embed", Initial.Normal([config.Levels, C], 1));
        encoderLayers = Stack(config.EncoderLayers, "transformer.encoder.layers",
            () => new DeformableEncoderLayer(config));
        textLayers = Stack(config.EncoderLayers, "transformer.encoder.text_layers",
            () => new TextEnhancerLayer(config));
        fusionLayers = Stack(config.EncoderLayers, "transformer.encoder.fusion_layers", () => new FusionLayer(config));
        memoryProjection = Add("transformer.enc_output", new Linear(C, C, standardDeviation: Initial.Xavier(C, C)));
        memoryNorm = Add("transformer.enc_output_norm", new LayerNorm(C, 1e-5));
        memoryBoxHead = Add("transformer.enc_out_bbox_embed", new Perceptron([C, C, C, 4], beginsAsZero: true));
        contentQueries = Add("transformer.tgt_embed", new Embedding(config.Queries, C));
        referenceHead = Add("transformer.decoder.ref_point_head", new Perceptron([2 * C, C, C], beginsAsZero: false));
        decoderLayers = Stack(config.DecoderLayers, "transformer.decoder.layers", () => new DecoderLayer(config));
        decoderNorm = Add("transformer.decoder.norm", new LayerNorm(C, 1e-5));
        boxHead = new Perceptron([C, C, C, 4], beginsAsZero: true);
        // One head for all layers, under every name that published checkpoints have for it.
        for (var i = 0; i < config.DecoderLayers; i++)
        {
            Add($"bbox_embed.{i}", boxHead);
            Add($"transformer.decoder.bbox_embed.{i}", boxHead);
        }
        contrastive = Add("contrastive", new ContrastiveHead(config));
    }

    /// <summary>The sizes.</summary>
    public GroundingDinoConfig Config { get; }

    /// <summary>What looks at the picture.</summary>
    public MultiScaleBackbone Backbone => backbone;

    /// <summary>The text tower.</summary>
    public BertModel TextTower => bert;

    /// <summary>
    /// What texts give to every pass: ids (B, T), int64; <paramref name="mask"/> (B, T), int64, 1 for tokens and 0 for
    /// padding; <paramref name="segments"/> (B, T), int64: tokens see those of the same number;
    /// <paramref name="positions"/> (B, T), int64, from 0 in each segment.
    /// </summary>
    public GroundingTextFeatures EncodeText(Tensor ids, Tensor mask, Tensor segments, Tensor positions,
        IDictionary<string, Tensor>? trace = null)
    {
        using var scope = TensorScope.Begin();
        var isVisible = segments.Unsqueeze(2).EqualTo(segments.Unsqueeze(1)); // (B, T, T)
        // (B, T, text width)
        var hidden = Config.TextSeesStart ? EncodeWithStart(ids, isVisible, positions)
            : bert.Encode(ids, isVisible, positions, context: null);
        Keep(trace, "bert.last_hidden_state", hidden);
        var features = ProjectText(hidden, mask, isVisible, positions);
        Keep(trace, "text.projected", features.Tokens);
        return features.ReturnTo(scope);
    }

    // As a sentence of its own behind [CLS], which stands in column 0.
    private Tensor EncodeWithStart(Tensor ids, Tensor isVisible, Tensor positions)
    {
        using var scope = TensorScope.Begin();
        var columns = Tensors.Arange(ids.Size(1), device: ids.Device);
        var isHidden = isVisible.LogicalNot().LogicalAnd(columns.NotEqualTo(0L).Reshape(1, 1, -1));
        var moved = positions + columns.NotEqualTo(0L).To(ScalarType.Int64).Unsqueeze(0);
        return scope.Return(bert.Encode(ids, isHidden.LogicalNot(), moved, context: null));
    }

    /// <summary>
    /// As <see cref="EncodeText"/> from the text tower's hidden states (B, T, text width), which a frozen tower gives
    /// once for all; <paramref name="isVisible"/> (B, T, T), bool.
    /// </summary>
    public GroundingTextFeatures ProjectText(Tensor hidden, Tensor mask, Tensor isVisible, Tensor positions)
    {
        using var scope = TensorScope.Begin();
        var tokens = textProjection.Forward(hidden);
        var encoded = SinePositions.Encode(positions.To(ScalarType.Float32).Unsqueeze(-1), Config.HiddenSize);
        var isPadding = mask.EqualTo(0L);
        var hasPadding = isPadding.To(ScalarType.Float32).Sum().ToDouble() > 0;
        return new GroundingTextFeatures(tokens, encoded, isVisible.Clone(), hasPadding ? isPadding : null)
            .ReturnTo(scope);
    }

    /// <summary>
    /// What pictures give to every pass: normalised pixels (B, 3, H, W), float32; <paramref name="sizes"/>: height and
    /// width of each picture, which lies in the upper left corner, zeros around it; null where all fill the batch.
    /// </summary>
    public GroundingImageFeatures EncodeImages(Tensor pixels, IReadOnlyList<(long Height, long Width)>? sizes = null,
        IDictionary<string, Tensor>? trace = null)
    {
        using var scope = TensorScope.Begin();
        var maps = backbone.Forward(pixels);
        return EncodeMaps(maps[^Config.BackboneLevels..], pixels.Size(2), pixels.Size(3), sizes, trace).ReturnTo(scope);
    }

    /// <summary>
    /// As <see cref="EncodeImages"/> from those of the backbone's maps that are used, of pictures of
    /// <paramref name="height"/> × <paramref name="width"/>.
    /// </summary>
    public GroundingImageFeatures EncodeMaps(IReadOnlyList<Tensor> maps, long height, long width,
        IReadOnlyList<(long Height, long Width)>? sizes = null, IDictionary<string, Tensor>? trace = null)
    {
        using var scope = TensorScope.Begin();
        var (B, device) = (maps[0].Size(0), maps[0].Device);
        var C = Config.HiddenSize;
        var isFull = sizes is null || sizes.All(size => size == (height, width));
        var tokens = new List<Tensor>();
        var positions = new List<Tensor>();
        var masks = new List<Tensor>();
        var shapes = new List<long>();
        var previous = maps[^1];
        for (var level = 0; level < Config.Levels; level++)
        {
            var source = level < Config.BackboneLevels ? maps[level] : previous;
            if (level < Config.BackboneLevels)
                Keep(trace, $"backbone.stage{level + 4 - Config.BackboneLevels}", source);
            // (B, C, h, w)
            var map = imageProjections[level].Norm.Forward(imageProjections[level].Convolution.Forward(source));
            if (level >= Config.BackboneLevels)
                previous = map;
            Keep(trace, $"input_proj.{level}", map);
            var (h, w) = (map.Size(2), map.Size(3));
            shapes.AddRange([h, w]);
            var mask = PaddingMask(B, h, w, height, width, sizes).To(device); // (B, h, w)
            var encoded = SinePositions.EncodeMap(mask, C / 2, Config.PositionTemperature);
            Keep(trace, $"level{level}.pos", encoded);
            tokens.Add(map.Flatten(2).Transpose(1, 2)); // (B, h·w, C)
            positions.Add(encoded.Flatten(1, 2) + levelEmbedding.Value.Select(0, level)); // (B, h·w, C)
            masks.Add(mask);
        }
        var (ratios, points, proposals, isInvalid) = Geometry(masks, shapes);
        Keep(trace, "encoder.valid_ratios", ratios);
        Keep(trace, "encoder.reference_points", points);
        Keep(trace, "selection.proposals_unsigmoid", proposals);
        var isPadding = isFull ? null : TensorShape.Concatenate(1, [.. masks.Select(m => m.Flatten(1))]);
        return new GroundingImageFeatures(TensorShape.Concatenate(1, [.. tokens]),
            TensorShape.Concatenate(1, [.. positions]), isPadding,
            [.. shapes], ratios, points, proposals, isInvalid).ReturnTo(scope);
    }

    /// <summary>
    /// Finds what the texts name in the pictures. In training every layer predicts. <paramref name="trace"/> takes what
    /// is inside, by name; its tensors belong to the caller.
    /// </summary>
    public GroundingOutput Forward(GroundingImageFeatures image, GroundingTextFeatures text,
        IDictionary<string, Tensor>? trace = null)
    {
        using var scope = TensorScope.Begin();
        var (memory, words) = Enhance(image, text, trace);
        var (selected, references) = Select(memory, words, image, text, trace);
        var layers = Decode(memory, words, references, image, text, trace);
        foreach (var prediction in layers.Append(selected))
        {
            scope.Return(prediction.Logits);
            scope.Return(prediction.Boxes);
        }
        return new GroundingOutput { Layers = layers, Selected = selected };
    }

    // The feature enhancer: (B, S, C) and (B, T, C).
    private (Tensor Memory, Tensor Words) Enhance(GroundingImageFeatures image, GroundingTextFeatures text,
        IDictionary<string, Tensor>? trace)
    {
        var (memory, words) = (image.Tokens, text.Tokens);
        using var scope = TensorScope.Begin();
        var mask = (1.0 - text.IsVisible.To(ScalarType.Float32)).Unsqueeze(1) * -1e9; // (B, 1, T, T)
        for (var i = 0; i < encoderLayers.Length; i++)
        {
            using var inner = TensorScope.Begin();
            (memory, words) = fusionLayers[i].Forward(memory, words, image.IsPadding, text.IsPadding);
            Keep(trace, $"encoder.{i}.fusion_v", memory);
            Keep(trace, $"encoder.{i}.fusion_l", words);
            words = inner.Return(textLayers[i].Forward(words, text.Positions, mask));
            memory = inner.Return(encoderLayers[i].Forward(memory, image));
            Keep(trace, $"encoder.{i}.text", words);
            Keep(trace, $"encoder.{i}.deformable", memory);
        }
        return (scope.Return(memory), scope.Return(words));
    }

    // Language-guided query selection: the places that some word likes best; their boxes before the sigmoid (B, Q, 4).
    private (GroundingPrediction Selected, Tensor References) Select(Tensor memory, Tensor words,
        GroundingImageFeatures image,
        GroundingTextFeatures text, IDictionary<string, Tensor>? trace)
    {
        using var scope = TensorScope.Begin();
        var valid = memory.MaskedFill(image.IsInvalid, 0.0);
        var places = memoryNorm.Forward(memoryProjection.Forward(valid)); // (B, S, C)
        var logits = contrastive.Forward(places, words, text.IsPadding); // (B, S, T)
        var scores = logits.Detach().Max([-1]); // (B, S)
        var Q = Math.Min(Config.Queries, scores.Size(1));
        var (_, indices) = scores.TopK(Q, 1); // (B, Q)
        Keep(trace, "selection.memory", places);
        Keep(trace, "selection.scores", scores);
        Keep(trace, "selection.topk_indices", indices);
        var chosen = Rows(places, indices); // (B, Q, C)
        var references = memoryBoxHead.Forward(chosen) + Rows(image.Proposals, indices); // (B, Q, 4)
        Keep(trace, "decoder.ref_unsigmoid", references);
        var selected = new GroundingPrediction(scope.Return(Rows(logits, indices)), scope.Return(references.Sigmoid()));
        return (selected, scope.Return(references.Detach()));
    }

    private GroundingPrediction[] Decode(Tensor memory, Tensor words, Tensor references, GroundingImageFeatures image,
        GroundingTextFeatures text, IDictionary<string, Tensor>? trace)
    {
        using var scope = TensorScope.Begin();
        var predictions = new List<GroundingPrediction>();
        var (B, Q) = (references.Size(0), references.Size(1));
        var textMask = text.IsPadding is { } padding ? (padding.To(ScalarType.Float32) * -1e9)
            .Reshape(B, 1, 1, -1) : null;
        // (B, 1, levels, 4)
        var ratios = TensorShape.Concatenate(-1, image.ValidRatios, image.ValidRatios).Unsqueeze(1);
        var x = contentQueries.Weight.Value.Narrow(0, 0, Q).Unsqueeze(0).Expand(B, Q, -1); // (B, Q, C)
        var boxes = references.Sigmoid(); // what the layer starts from, without history
        var before = boxes; // the same with its history: the layer before learns from this layer's boxes too
        Keep(trace, "decoder.reference.0", boxes);
        for (var i = 0; i < decoderLayers.Length; i++)
        {
            var levelBoxes = boxes.Unsqueeze(2) * ratios; // (B, Q, levels, 4)
            var sine = SinePositions.EncodeBoxes(levelBoxes.Select(2, 0), Config.HiddenSize / 2); // (B, Q, 2C)
            var positions = referenceHead.Forward(sine); // (B, Q, C)
            Keep(trace, $"decoder.{i}.query_sine", sine);
            Keep(trace, $"decoder.{i}.query_pos", positions);
            x = decoderLayers[i].Forward(x, positions, levelBoxes, memory, image, words, textMask,
                trace is null ? null : (name, value) => Keep(trace, $"decoder.{i}.{name}", value));
            var refined = (boxHead.Forward(x) + BoxCoordinates.InverseSigmoid(boxes, Config.BoxEpsilon)).Sigmoid();
            Keep(trace, $"decoder.{i}.output", x);
            Keep(trace, $"decoder.reference.{i + 1}", refined);
            if (IsTraining || trace is not null || i == decoderLayers.Length - 1)
            {
                var normalised = decoderNorm.Forward(x);
                Keep(trace, $"decoder.{i}.hs", normalised);
                var predicted = (boxHead.Forward(normalised) + BoxCoordinates.InverseSigmoid(before, Config.BoxEpsilon))
                    .Sigmoid();
                predictions.Add(
                    new GroundingPrediction(scope.Return(contrastive.Forward(normalised, words, text.IsPadding)),
                    scope.Return(predicted)));
            }
            before = refined;
            boxes = refined.Detach();
        }
        return [.. predictions];
    }

    // (B, h, w), bool: true where the place's pixel, by its nearest neighbour, lies outside the picture.
    private static Tensor PaddingMask(long B, long h, long w, long height, long width,
        IReadOnlyList<(long Height, long Width)>? sizes)
    {
        var mask = new bool[B * h * w];
        if (sizes is not null)
        {
            var (down, across) = ((float)height / h, (float)width / w);
            for (var i = 0; i < mask.Length; i++)
            {
                var (b, y, x) = (i / (h * w), i / w % h, i % w);
                var (row, column) = (Math.Min((long)(y * down), height - 1), Math.Min((long)(x * across), width - 1));
                mask[i] = row >= sizes[(int)b].Height || column >= sizes[(int)b].Width;
            }
        }
        return Tensor.FromData(mask, B, h, w);
    }

    /// <summary>
    /// What follows from masks (B, h, w) of the levels: valid ratios (B, levels, 2), reference points (B, S, levels,
    /// 2), proposals (B, S, 4) and which of them are invalid (B, S, 1).
    /// </summary>
    internal static (Tensor Ratios, Tensor Points, Tensor Proposals,
        Tensor IsInvalid) Geometry(IReadOnlyList<Tensor> masks, IReadOnlyList<long> shapes)
    {
        const double smallest = 0.05;
        using var scope = TensorScope.Begin();
        var device = masks[0].Device;
        var B = masks[0].Size(0);
        var ratios = new List<Tensor>();
        var points = new List<Tensor>();
        var proposals = new List<Tensor>();
        for (var level = 0; level < masks.Count; level++)
        {
            var (h, w) = (shapes[2 * level], shapes[2 * level + 1]);
            var counted = masks[level].LogicalNot().To(ScalarType.Float32);
            // (B, 2): width, height
            var valid = TensorShape.Stack(-1, counted.Select(1, 0).Sum([1]), counted.Select(2, 0).Sum([1]));
            var size = Tensor.FromData([(float)w, h], 2).To(device);
            ratios.Add(valid / size);
            var grid = new float[h * w * 2];
            for (var i = 0; i < h * w; i++)
                (grid[2 * i], grid[2 * i + 1]) = (i % w + 0.5f, i / w + 0.5f);
            var centres = Tensor.FromData(grid, 1, h * w, 2).To(device);
            points.Add(centres / (ratios[^1] * size).Unsqueeze(1)); // (B, h·w, 2)
            var sides = Tensors.Full([B, h * w, 2], smallest * Math.Pow(2, level), device: device);
            proposals.Add(TensorShape.Concatenate(-1, centres / valid.Unsqueeze(1), sides)); // (B, h·w, 4)
        }
        var validRatios = TensorShape.Stack(1, [.. ratios]); // (B, levels, 2)
        // (B, S, levels, 2)
        var references = TensorShape.Concatenate(1, [.. points]).Unsqueeze(2) * validRatios.Unsqueeze(1);
        var boxes = TensorShape.Concatenate(1, [.. proposals]); // (B, S, 4)
        // (B, S, 1)
        var isInside = boxes.GreaterThan(0.01).LogicalAnd(boxes.LessThan(0.99)).To(ScalarType.Float32)
            .Min([-1], keep: true);
        var isPadding = TensorShape.Concatenate(1, [.. masks.Select(m => m.Flatten(1))]).Unsqueeze(-1)
            .To(ScalarType.Float32);
        var isInvalid = (isInside * (1.0 - isPadding)).EqualTo(0.0);
        var unsigmoid = (boxes / (1.0 - boxes)).Log().MaskedFill(isInvalid, double.PositiveInfinity);
        return (scope.Return(validRatios), scope.Return(references), scope.Return(unsigmoid), scope.Return(isInvalid));
    }

    // The rows (B, Q) of (B, S, C): (B, Q, C).
    private static Tensor Rows(Tensor x, Tensor indices)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(x.Gather(1, indices.Unsqueeze(-1).Expand(-1, -1, x.Size(2))));
    }

    private static void Keep(IDictionary<string, Tensor>? trace, string name, Tensor value)
    {
        if (trace is not null)
            trace[name] = TensorScope.Detach(value.Detach());
    }

    private T[] Stack<T>(int count, string name, Func<T> make) where T : Module =>
        [.. Enumerable.Range(0, count).Select(i => Add($"{name}.{i}", make()))];
}
