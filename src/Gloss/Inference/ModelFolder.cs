using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gloss.Inference.Grounding;
using Gloss.Models;
using Gloss.Models.Clip;
using Gloss.Models.GroundingDino;
using Gloss.Models.Layers;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>
/// A model is a folder: <c>config.json</c> (<see cref="ModelConfig"/>), <c>model.safetensors</c>
/// (<see cref="StoredWeights"/>), <c>tags.jsonl</c>, for captions <c>vocab.txt</c> (the last two lines of an own one
/// are [DEC] and [ENC]; a published one lacks them, and they follow it) and <c>MODEL_CARD.md</c>; CLIP's has
/// <c>merges.txt</c> instead of tags and vocabulary, Grounding DINO's only <c>vocab.txt</c>, as BERT has it. What is
/// read is checked as if a stranger had made it; nothing in it names another file.
/// </summary>
public sealed class ModelFolder
{
    /// <summary>The model that is taken where none is named.</summary>
    public const string DefaultName = "default";

    /// <summary>
    /// The folder inside a model folder that holds the CLIP which embeds tags outside the vocabulary.
    /// </summary>
    public const string ClipName = "clip";

    private const string ConfigFile = "config.json";
    private const string WeightsFile = "model.safetensors";
    private const string TagsFile = "tags.jsonl";
    private const string VocabularyFile = "vocab.txt";
    private const string MergesFile = "merges.txt";
    private const string CardFile = "MODEL_CARD.md";
    private const string ModelsVariable = "GLOSS_MODELS";
    private const long MostConfigBytes = 1 << 20;
    private static readonly string[] AddedTokens = [Tag2TextTokens.Decode, Tag2TextTokens.Encode];

    private ModelFolder(string folder, ModelConfig config) => (Folder, Config) = (folder, config);

    /// <summary>Where it lies.</summary>
    public string Folder { get; }

    /// <summary>What its <c>config.json</c> says.</summary>
    public ModelConfig Config { get; }

    /// <summary>
    /// The folder of named models: what the environment variable <c>GLOSS_MODELS</c> says, else <c>models</c> of the
    /// checkout that holds the program, else beside the program.
    /// </summary>
    public static string ModelsDirectory
    {
        get
        {
            if (Environment.GetEnvironmentVariable(ModelsVariable) is { Length: > 0 } set)
                return set;
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Gloss.slnx")))
                    return Path.Combine(folder.FullName, "models");
            }
            return Path.Combine(AppContext.BaseDirectory, "models");
        }
    }

    /// <summary>Names of the models under <see cref="ModelsDirectory"/>, in order.</summary>
    public static IReadOnlyList<string> Names() => !Directory.Exists(ModelsDirectory)
        ? []
        : [.. Directory.EnumerateDirectories(ModelsDirectory).Where(d => File.Exists(Path.Combine(d, ConfigFile)))
            .Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    /// <summary>
    /// The folder of a model: the folder itself, or the one of that name under <see cref="ModelsDirectory"/>.
    /// </summary>
    /// <exception cref="CheckpointException">There is none; the message lists the models there are.</exception>
    public static string Find(string nameOrFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrFolder);
        var named = Path.Combine(ModelsDirectory, nameOrFolder);
        foreach (var folder in new[] { nameOrFolder, named })
        {
            if (File.Exists(Path.Combine(folder, ConfigFile)))
                return folder;
        }
        var names = Names();
        var hint = nameOrFolder == ClipName
            ? $"gloss import makes it of a checkpoint of CLIP: ViT-B-16.pt --vocab bpe_simple_vocab_16e6.txt.gz --out "
                + $"{named}"
            : names.Count > 0 ? $"the models there are {string.Join(", ", names)}"
            : "no models are there; train one (gloss train) or set GLOSS_MODELS";
        throw new CheckpointException(Directory.Exists(nameOrFolder)
            ? $"no model · {nameOrFolder} has no {ConfigFile} · hint: {hint}"
            : $"no model '{nameOrFolder}' · looked for {nameOrFolder}{Path.DirectorySeparatorChar}{ConfigFile} and in "
                + $"{ModelsDirectory} · hint: {hint}");
    }

    /// <summary>
    /// Finds a model and reads its config; the weights are read by <see cref="OpenModel"/> or <see cref="OpenClip"/>.
    /// </summary>
    /// <exception cref="CheckpointException">There is no such model, files are missing, or the config is wrong: the
    /// message lists all faults.</exception>
    public static ModelFolder Open(string nameOrFolder)
    {
        var folder = Find(nameOrFolder);
        var faults = new List<string>();
        var config = ReadConfig(Path.Combine(folder, ConfigFile), faults);
        foreach (var file in FilesOf(config))
        {
            if (!File.Exists(Path.Combine(folder, file)))
                faults.Add($"{file} is missing");
        }
        ThrowIfAny(folder, faults);
        return new ModelFolder(folder, config!);
    }

    /// <summary>
    /// A hash of all that decides about its results: config, tags and every byte of the weights. 64 hexadecimal digits.
    /// </summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in FilesOf(Config).Append(ConfigFile).Order(StringComparer.Ordinal))
        {
            using var stream = File.OpenRead(In(file));
            hash.AppendData(Encoding.UTF8.GetBytes($"{file} {stream.Length}\n"));
            var buffer = new byte[1 << 20];
            for (int length; (length = stream.Read(buffer)) > 0;)
                hash.AppendData(buffer, 0, length);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Reads its tags alone.</summary>
    /// <exception cref="CheckpointException">The family has no tags.</exception>
    /// <exception cref="VocabularyException">A fault in the file, with its line.</exception>
    public TagVocabulary ReadTags() => Config.TagCount is null
        ? throw new CheckpointException($"{Folder} gives no tags · family {Config.Family}")
        : TagVocabulary.Load(In(TagsFile));

    /// <summary>Reads a model that gives tags; the caller owns it.</summary>
    /// <param name="parts">Which weights to read; names and shapes of all are checked.</param>
    /// <param name="device">Where it computes.</param>
    /// <exception cref="CheckpointException">Files are broken or do not fit each other: the message lists all
    /// faults.</exception>
    public LoadedModel OpenModel(ModelParts parts = ModelParts.All, Device device = default)
    {
        if (Config.TagCount is not { } count)
            throw new CheckpointException(
                $"{Folder} gives no tags and no captions · family {Config.Family} · hint: "
                + (Config.Family == ModelConfig.GroundingDinoFamily ? "gloss ground" : "gloss classify, gloss score"));
        var faults = new List<string>();
        var tags = Try(faults, () => TagVocabulary.Load(In(TagsFile)));
        if (tags is not null && tags.Count != count)
            faults.Add($"{TagsFile} has {tags.Count} tags, the config says {count}");
        var tokenizer = Config.VocabularySize is null ? null : Try(faults, ReadWordPieces);
        if (tokenizer is not null && tokenizer.VocabularySize != Config.VocabularySize)
            faults.Add(
                $"{VocabularyFile} has {tokenizer.VocabularySize} tokens with [DEC] and [ENC], the config says "
                + $"{Config.VocabularySize}");

        TaggingModel? model = null;
        try
        {
            model = Try(faults, () => ReadWeights(Config.Build, m => NeededNames((TaggingModel)m, parts),
                faults) as TaggingModel);
            ThrowIfAny(Folder, faults);
            if (device.Type != DeviceType.Cpu)
                model!.To(device);
            model!.PrepareForInference();
            var predictor = new RecognitionPredictor(model!, model!.Captioner is { } captioner
                ? new Tag2TextTokens(tokenizer!, captioner) : null,
                tags!, new RecognitionPredictorOptions
                {
                    Threshold = Config.Threshold, GuideThreshold = Config.GuideThreshold,
                    ExcludedTags = Config.ExcludedTags,
                    DeletedTags = Config.DeletedTags,
                });
            var loaded = new LoadedModel(this, predictor, parts);
            model = null;
            return loaded;
        }
        finally
        {
            model?.Dispose();
        }
    }

    /// <summary>
    /// The CLIP that embeds names and descriptions of tags outside this model's vocabulary: the given one, else the one
    /// inside this folder, else the model named <see cref="ClipName"/>.
    /// </summary>
    /// <exception cref="CheckpointException">There is none, or it has embeddings of another width.</exception>
    public ModelFolder FindClip(string? nameOrFolder = null)
    {
        var inner = In(ClipName);
        if (nameOrFolder is null && !File.Exists(Path.Combine(inner, ConfigFile)) && !Names().Contains(ClipName))
        {
            throw new CheckpointException(
                $"tags outside the vocabulary need CLIP's embeddings · {Folder} has no {ClipName}{Path.DirectorySeparatorChar} · " +
                "hint: --clip FOLDER, a folder that gloss import made of ViT-B-16.pt");
        }
        var clip = Open(nameOrFolder ?? (File.Exists(Path.Combine(inner, ConfigFile)) ? inner : ClipName));
        var width = Config.Ram?.EmbeddingSize ?? Config.RamPlus?.EmbeddingSize;
        return clip.Config.Clip?.EmbeddingSize == width ? clip : throw new CheckpointException(
            $"{clip.Folder}: expected a CLIP with embeddings of {width} numbers, got "
            + $"{clip.Config.Family}{(clip.Config.Clip is { } other ? $" of {other.EmbeddingSize}" : "")}");
    }

    /// <summary>Copies the files of this folder, each atomically, the config last.</summary>
    /// <param name="target">Made when absent.</param>
    public void CopyTo(string target)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        Directory.CreateDirectory(target);
        foreach (var name in FilesOf(Config).Append(CardFile).Append(ConfigFile).Where(name => File.Exists(In(name))))
        {
            using var source = File.OpenRead(In(name));
            AtomicFile.Write(Path.Combine(target, name), source.CopyTo);
        }
    }

    /// <summary>Reads a CLIP model; the caller owns it.</summary>
    /// <param name="device">Where it computes.</param>
    /// <exception cref="CheckpointException">It is of another family, or files are broken: the message lists all
    /// faults.</exception>
    public LoadedClip OpenClip(Device device = default)
    {
        var config = Config.Clip ?? throw new CheckpointException(
            $"{Folder} is no CLIP model · family {Config.Family} · hint: a folder that gloss import made of a CLIP");
        var faults = new List<string>();
        var tokenizer =
            Try(faults, () => ClipTokenizer.Load(In(MergesFile), ClipTokenizer.MergeCountOf(config.VocabularySize)));
        if (tokenizer is not null && tokenizer.VocabularySize != config.VocabularySize)
            faults.Add($"{MergesFile} has {tokenizer.VocabularySize} tokens, the config says {config.VocabularySize}");
        Module? model = null;
        try
        {
            model = Try(faults, () => ReadWeights(() => new ClipModel(config), _ => null, faults));
            ThrowIfAny(Folder, faults);
            if (device.Type != DeviceType.Cpu)
                model!.To(device);
            model!.PrepareForInference();
            var loaded = new LoadedClip(Config, (ClipModel)model, tokenizer!);
            model = null;
            return loaded;
        }
        finally
        {
            model?.Dispose();
        }
    }

    /// <summary>Reads a Grounding DINO model; the caller owns it.</summary>
    /// <param name="device">Where it computes.</param>
    /// <exception cref="CheckpointException">It is of another family, or files are broken: the message lists all
    /// faults.</exception>
    public LoadedGrounding OpenGrounding(Device device = default)
    {
        var config = Config.GroundingDino ?? throw new CheckpointException(
            $"{Folder} finds no boxes · family {Config.Family} · hint: a {ModelConfig.GroundingDinoFamily} model");
        var faults = new List<string>();
        var tokenizer = Try(faults, () => WordPieceTokenizer.Load(In(VocabularyFile)));
        if (tokenizer is not null && tokenizer.VocabularySize != config.Text.VocabularySize)
            faults.Add(
                $"{VocabularyFile} has {tokenizer.VocabularySize} tokens, the config says "
                + $"{config.Text.VocabularySize}");
        Module? model = null;
        try
        {
            model = Try(faults, () => ReadWeights(() => new GroundingDinoModel(config), _ => null, faults));
            ThrowIfAny(Folder, faults);
            if (device.Type != DeviceType.Cpu)
                model!.To(device);
            model!.PrepareForInference();
            var loaded = new LoadedGrounding(Config, (GroundingDinoModel)model, tokenizer!);
            model = null;
            return loaded;
        }
        finally
        {
            model?.Dispose();
        }
    }

    /// <summary>
    /// Writes the folder of a Grounding DINO model, as
    /// <see cref="Save(string, ModelConfig, TaggingModel, WordPieceTokenizer?, TagVocabulary, string, WeightPrecision, Func{string, WeightPrecision?}?)"/>
    /// does.
    /// </summary>
    /// <param name="folder">Made when absent.</param>
    /// <param name="config">What to write as <c>config.json</c>.</param>
    /// <param name="model">The model of that config.</param>
    /// <param name="tokenizer">Its word pieces.</param>
    /// <param name="card">The model card.</param>
    /// <param name="precisionOf">How the weight of a name is stored.</param>
    /// <exception cref="ArgumentException">The parts do not fit each other: the message lists all faults.</exception>
    public static void SaveGrounding(string folder, ModelConfig config, GroundingDinoModel model,
        WordPieceTokenizer tokenizer, string card,
        Func<string, WeightPrecision> precisionOf)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var faults = config.Faults().ToList();
        if (config.GroundingDino is null || !ModelConfigJson.AreEqual(config.GroundingDino, model.Config))
            faults.Add($"{ModelConfig.GroundingDinoFamily}: is not the config that the model was built with");
        if (tokenizer.VocabularySize != model.Config.Text.VocabularySize)
            faults.Add($"{tokenizer.VocabularySize} word pieces, the model has {model.Config.Text.VocabularySize}");
        Write(folder, config, StoredWeights.Sources(model), precisionOf, card, faults,
            () => tokenizer.Save(Path.Combine(folder, VocabularyFile)));
    }

    /// <summary>
    /// Writes a model folder, each file atomically, the config last; files that are there are replaced.
    /// </summary>
    /// <param name="folder">Made when absent.</param>
    /// <param name="config">What to write as <c>config.json</c>.</param>
    /// <param name="model">The model of that config.</param>
    /// <param name="tokenizer">Its word pieces, with [DEC] and [ENC]; null for a model that does not caption.</param>
    /// <param name="tags">Its tags.</param>
    /// <param name="card">The model card, Markdown: data, terms, starting weights, figures, the command that reproduces
    /// it.</param>
    /// <param name="precision">How weights are stored.</param>
    /// <param name="precisionOf">How the weight of a name is stored, null for <paramref name="precision"/>.</param>
    /// <exception cref="ArgumentException">The parts do not fit each other: the message lists all faults.</exception>
    public static void Save(string folder, ModelConfig config, TaggingModel model, WordPieceTokenizer? tokenizer,
        TagVocabulary tags,
        string card, WeightPrecision precision = WeightPrecision.Float32,
        Func<string, WeightPrecision?>? precisionOf = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tags);
        var (family, sizes) = ModelConfig.Of(model);
        var faults = new List<string>();
        if (config.Family != family || config.Sizes is null || !ModelConfigJson.AreEqual(config.Sizes, sizes))
            faults.Add($"{config.Family}: is not the config that the model was built with");
        Save(folder, config, StoredWeights.Sources(model), tokenizer, tags, card,
            name => precisionOf?.Invoke(name) ?? precision, faults);
    }

    /// <summary>As above, with weights that are read one after the other.</summary>
    internal static void Save(string folder, ModelConfig config, IReadOnlyDictionary<string, WeightSource> weights,
        WordPieceTokenizer? tokenizer,
        TagVocabulary tags, string card, Func<string, WeightPrecision> precision,
        IReadOnlyCollection<string>? otherFaults = null)
    {
        var faults = config.Faults().Concat(otherFaults ?? []).ToList();
        if (tags.Count != config.TagCount)
            faults.Add($"{tags.Count} tags, the model has {config.TagCount}");
        if (tokenizer?.VocabularySize != config.VocabularySize)
            faults.Add($"{tokenizer?.VocabularySize ?? 0} word pieces, the model has {config.VocabularySize ?? 0}");
        if (tokenizer is not null)
            faults.AddRange(AddedTokens.Where(t => tokenizer.IdOf(t) is null)
                .Select(t => $"the word pieces have no {t}"));
        Write(folder, config, weights, precision, card, faults, () =>
        {
            tags.Save(Path.Combine(folder, TagsFile));
            tokenizer?.Save(Path.Combine(folder, VocabularyFile));
        });
    }

    /// <summary>Writes the folder of a CLIP model.</summary>
    /// <param name="folder">Made when absent.</param>
    /// <param name="config">What to write as <c>config.json</c>.</param>
    /// <param name="weights">Its weights, by name.</param>
    /// <param name="mergesFile">CLIP's file of merges, which is copied.</param>
    /// <param name="card">The model card.</param>
    /// <param name="precision">How weights are stored.</param>
    internal static void SaveClip(string folder, ModelConfig config, IReadOnlyDictionary<string, WeightSource> weights,
        string mergesFile,
        string card, WeightPrecision precision) =>
        Write(folder, config, weights, _ => precision, card, config.Faults().ToList(),
            () => AtomicFile.Write(Path.Combine(folder, MergesFile),
                stream => ClipTokenizer.CopyPlain(mergesFile, stream)));

    private static void Write(string folder, ModelConfig config, IReadOnlyDictionary<string, WeightSource> weights,
        Func<string, WeightPrecision> precision, string card, List<string> faults, Action writeTexts)
    {
        if (faults.Count > 0)
            throw new ArgumentException($"the model cannot be written · {folder} · {string.Join(" · ", faults)}");
        Directory.CreateDirectory(folder);
        StoredWeights.Save(weights, Path.Combine(folder, WeightsFile), precision);
        writeTexts();
        AtomicFile.WriteText(Path.Combine(folder, CardFile), card);
        AtomicFile.WriteText(Path.Combine(folder, ConfigFile), ModelConfigJson.Write(config));
    }

    // Null where the faults so far leave no model to build.
    private Module? ReadWeights(Func<Module> build, Func<Module, HashSet<string>?> needed, List<string> faults)
    {
        using var file = OpenWeights();
        var shapes = StoredWeights.Shapes(file, faults);
        if (faults.Count > 0)
            return null;
        Module model;
        using (Initial.Skip())
            model = build();
        try
        {
            var names = needed(model);
            model.Load(shapes, name => names is null || names.Contains(name) ? StoredWeights.Open(file, name) : null);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    // Null: all. For tagging the text parts are left out, but for what the recognition decoder shares with them.
    private static HashSet<string>? NeededNames(TaggingModel model, ModelParts parts)
    {
        if (parts == ModelParts.All || model.Captioner is null)
            return null;
        var all = model.AllNames().ToArray();
        static bool IsText(string name) =>
            name.StartsWith("text_decoder.", StringComparison.Ordinal)
                || name.StartsWith("tag_encoder.", StringComparison.Ordinal);
        static bool IsAlignment(string name) => name.StartsWith("alignment.", StringComparison.Ordinal);
        bool IsLeft(string name) => IsText(name) || (parts == ModelParts.Tagging && IsAlignment(name));
        var wanted = all.Where(n => !IsLeft(n.Name)).Select(n => n.Parameter)
            .ToHashSet(ReferenceEqualityComparer.Instance);
        return all.Where(n => wanted.Contains(n.Parameter)).Select(n => n.Name).ToHashSet(StringComparer.Ordinal);
    }

    private static string[] FilesOf(ModelConfig? config) => config switch
    {
        { Clip: not null } => [WeightsFile, MergesFile],
        { GroundingDino: not null } => [WeightsFile, VocabularyFile],
        null or { VocabularySize: not null } => [WeightsFile, TagsFile, VocabularyFile],
        _ => [WeightsFile, TagsFile],
    };

    private static ModelConfig? ReadConfig(string path, List<string> faults)
    {
        if (new FileInfo(path).Length > MostConfigBytes)
        {
            faults.Add($"{ConfigFile} has more than {MostConfigBytes} bytes");
            return null;
        }
        try
        {
            var config = ModelConfigJson.Read(File.ReadAllBytes(path));
            faults.AddRange(config.Faults().Select(fault => $"{ConfigFile}: {fault}"));
            return config;
        }
        catch (JsonException error)
        {
            faults.Add($"{ConfigFile}: {error.Message}");
            return null;
        }
    }

    private static T? Try<T>(List<string> faults, Func<T?> read) where T : class
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is CheckpointException or VocabularyException or IOException
            or UnauthorizedAccessException or NativeException)
        {
            faults.Add(error.Message);
            return null;
        }
    }

    private static void ThrowIfAny(string folder, List<string> faults)
    {
        if (faults.Count > 0)
            throw new CheckpointException($"the model cannot be opened · {folder}\n  {string.Join("\n  ", faults)}");
    }

    /// <summary>Opens its weights; the caller owns the file.</summary>
    internal SafetensorsFile OpenWeights() => SafetensorsFile.Open(In(WeightsFile));

    /// <summary>Reads its word pieces, [DEC] and [ENC] among them.</summary>
    internal WordPieceTokenizer ReadWordPieces() => WordPieceTokenizer.Load(In(VocabularyFile), AddedTokens);

    private string In(string name) => Path.Combine(Folder, name);
}
