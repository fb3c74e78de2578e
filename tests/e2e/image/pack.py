"""pack.py TARGET NAME PROGRAM: an OCI image (a tar archive that containerd imports) of one program, which is its entry
point."""
import hashlib
import io
import json
import os
import sys
import tarfile

target, name, program = sys.argv[1:4]
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def archive(files):
    """A tar archive of (path, mode, bytes), the same bytes for the same files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, mode, data in files:
            about = tarfile.TarInfo(path)
            about.mode, about.size = mode, len(data)
            tar.addfile(about, io.BytesIO(data))
    return out.getvalue()


def blob(data, kind):
    digest = hashlib.sha256(data).hexdigest()
    blobs.append((f"blobs/sha256/{digest}", 0o644, data))
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(data)}


blobs = []
entry = os.path.basename(program)
with open(program, "rb") as file:
    layer = blob(archive([(entry, 0o755, file.read())]), "layer.v1.tar")
config = blob(json.dumps({
    "architecture": ARCHITECTURES[os.uname().machine], "os": "linux", "config": {"Entrypoint": [f"/{entry}"]},
    "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}).encode(), "config.v1+json")
manifest = blob(json.dumps({
    "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config,
    "layers": [layer]}).encode(), "manifest.v1+json")
manifest["annotations"] = {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name.rsplit(":")[-1]}
with open(target, "wb") as file:
    file.write(archive([("oci-layout", 0o644, b'{"imageLayoutVersion": "1.0.0"}'),
                        ("index.json", 0o644, json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode()), *blobs]))
