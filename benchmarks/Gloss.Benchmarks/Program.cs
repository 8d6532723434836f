using Gloss.Benchmarks;
using Gloss.Torch.Inference;

const string usage = """
    usage: gloss-benchmarks MEASUREMENT [--weights FILE] [--pictures FOLDER] [--threads N] [--family NAME] [--folder FOLDER]

      gemm       the machine's rate of matrix products, by precision
      encoder    EfficientNet-Lite2's milliseconds a picture, by precision and batch, and its share of that rate
      files      photographs of a folder a second: read, decoded, resized, encoded
      deformable multi-scale deformable attention at Grounding DINO's size: own kernel beside the plain formulation
      grounding  Grounding DINO T with random weights, 800 x 1066 and ten words: seconds, memory, share of that rate
      split      how far scores of tags depend on how their list is split over passes (--folder: the model)
      jpeg       a JPEG of 12 megapixels: decoded at full and at reduced size
      tag        gloss tag from disk: photographs a second, first tag of a fresh process, memory
      published  full-size Tag2Text, RAM or RAM++ with random weights: time a picture, share of that rate, memory
      onnx       the same RAM++ by ONNX Runtime beside Gloss in float32, in turn: time a picture, memory, difference of the logits
      import     a full-size checkpoint of torch.save made a model folder: seconds, memory
      search     nearest of a million synthetic vectors: exact and by cells; milliseconds, recall, building, size
      catalogue  a catalogue of a million made-up pictures: open, search, update one folder; milliseconds, memory
      precision  how far bfloat16 and int8 move the features of a folder's photographs from float32; with --folder, a model's tags

    --weights   an EfficientNet-Lite2 as safetensors (needed by precision; otherwise random weights will do)
    --pictures  a folder of photographs (needed by files, jpeg, split, tag and precision)
    --family    tag2text, ram or ram_plus (published, import)
    --stored    float32, float16, bfloat16 or int8: in what numbers the weights of that folder are written (published)
    --count     vectors (search) or pictures (catalogue), default 1000000
    --clusters  clusters that the vectors are in (search), default 10000
    --dimensions  directions in which a cluster is spread (search), default 24; as many as a vector has numbers: in all
    --width     numbers of a vector, default 256
    --folder    where published, onnx, import (a model folder) and catalogue write what they make at the first run, and measure it at the next; the model of precision, split
    --precision float32, bfloat16 or int8 alone (published, precision)
    --threads   default: the number of processors
    """;

if (args.Length == 0 || BenchmarkOptions.Parse(args[1..]) is not { } options)
{
    Console.Error.WriteLine(usage);
    return 2;
}
if (args[0] is "files" or "jpeg" or "split" or "tag" or "precision" && options.Pictures is null)
{
    Console.Error.WriteLine($"{args[0]} needs --pictures FOLDER\n{usage}");
    return 2;
}
Console.WriteLine($"oneDNN {OneDnn.Describe()} · {options.Threads} of {Environment.ProcessorCount} processors");
switch (args[0])
{
    case "gemm": GemmBenchmark.Run(options); return 0;
    case "encoder": EncoderBenchmark.Run(options); return 0;
    case "files": FilesBenchmark.Run(options); return 0;
    case "deformable": DeformableBenchmark.Run(options); return 0;
    case "grounding": GroundingBenchmark.Run(options); return 0;
    case "split": SplitBenchmark.Run(options); return 0;
    case "jpeg": JpegBenchmark.Run(options); return 0;
    case "tag": TagBenchmark.Run(options); return 0;
    case "published": PublishedBenchmark.Run(options); return 0;
    case "onnx": return OnnxBenchmark.Run(options);
    case "import": ImportBenchmark.Run(options); return 0;
    case "search": SearchBenchmark.Run(options); return 0;
    case "catalogue": CatalogueBenchmark.Run(options); return 0;
    case "precision" when options.Folder is not null: TagPrecisionBenchmark.Run(options); return 0;
    case "precision": PrecisionBenchmark.Run(options); return 0;
    default:
        Console.Error.WriteLine(usage);
        return 2;
}
